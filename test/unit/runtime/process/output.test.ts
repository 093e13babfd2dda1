import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { LIMITS } from '../../../../src/domain/limits.ts'
import { systemClock } from '../../../../src/lib/clock.ts'
import { Output } from '../../../../src/runtime/process/output.ts'

async function linesOf(
  chunks: readonly (string | Buffer)[],
): Promise<{ told: string[]; output: Output }> {
  const told: string[] = []
  const output = new Output((line) => told.push(line), systemClock)
  const stream = new PassThrough()
  output.read(stream)
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await once(stream, 'end')
  return { told, output }
}

t.test('output: lines are told whole, however they arrive', async (t) => {
  const { told } = await linesOf(['on', 'e\ntwo\r\n', '\nthr', 'ee'])
  t.same(told, ['one', 'two', '', 'three'])
})

t.test('output: a line without an end is told in pieces of bounded length', async (t) => {
  const long = 'x'.repeat(LIMITS.logLineBytes * 2 + 1)
  const { told } = await linesOf([long.slice(0, 5_000), long.slice(5_000)])
  t.same(
    told.map((line) => line.length),
    [LIMITS.logLineBytes, LIMITS.logLineBytes, 1],
  )
})

t.test('output: no character is cut in two', async (t) => {
  const text = `a${'€'.repeat(LIMITS.logLineBytes)}`
  const bytes = Buffer.from(text)
  const { told } = await linesOf([bytes.subarray(0, 3_000), bytes.subarray(3_000)])
  t.equal(told.join(''), text)
  t.ok(told.every((line) => Buffer.byteLength(line) <= LIMITS.logLineBytes))
})

t.test('output: the tail is the last lines, oldest first', async (t) => {
  const all = Array.from({ length: LIMITS.logTailLines + 3 }, (_, n) => `line ${n}`)
  const { output } = await linesOf(all.map((line) => `${line}\n`))
  t.same(output.tail, all.slice(3))
})

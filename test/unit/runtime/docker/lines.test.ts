/** Streams of the engine, cut wherever a network may cut them. */

import t from 'tap'
import { LIMITS } from '../../../../src/domain/limits.ts'
import { jsonLines, Lines, tailOf, Unframed } from '../../../../src/runtime/docker/lines.ts'

function frame(text: string, stream = 1): Buffer {
  const head = Buffer.alloc(8)
  head[0] = stream
  head.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([head, Buffer.from(text)])
}

function bytewise(data: Buffer): string[] {
  const unframed = new Unframed()
  const lines = new Lines()
  const out = [...data]
    .flatMap((byte) => unframed.push(Buffer.from([byte])))
    .flatMap((part) => lines.push(part))
  return [...out, ...lines.end()]
}

t.test('lines: frames are taken off, wherever the stream is cut', async (t) => {
  const data = Buffer.concat([frame('one\ntw'), frame('o\n', 2), frame('thr\u00e9e')])
  t.same(tailOf(data), ['one', 'two', 'thr\u00e9e'])
  t.same(bytewise(data), ['one', 'two', 'thr\u00e9e'])
})

t.test('lines: output of a terminal has no frames', async (t) => {
  t.same(tailOf(Buffer.from('plain\r\ntext\r\n')), ['plain', 'text'])
  t.same(bytewise(Buffer.from('plain\r\ntext\r\n')), ['plain', 'text'])
})

t.test('lines: their number and length are bounded', async (t) => {
  const many = Array.from({ length: LIMITS.logTailLines + 5 }, (_, n) => `line ${n}\n`).join('')
  t.equal(tailOf(frame(many)).length, LIMITS.logTailLines)
  const [long = '', next] = tailOf(frame(`${'x'.repeat(2 * LIMITS.logLineBytes)}\nnext\n`))
  t.equal(long.length, LIMITS.logLineBytes)
  t.equal(next, 'next')
})

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

t.test('lines: JSON values arrive whole, also without a line feed at the end', async (t) => {
  const values: unknown[] = []
  for await (const value of jsonLines(chunks('{"a":1}\n{"b"', ':2}\r\n\n', '{"c":3}')))
    values.push(value)
  t.same(values, [{ a: 1 }, { b: 2 }, { c: 3 }])
})

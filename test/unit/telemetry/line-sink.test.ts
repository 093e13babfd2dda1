import t from 'tap'
import { LineSink } from '../../../src/telemetry/line-sink.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const lost = (lines: number, cause: string) => `lost ${lines}: ${cause}`

function setup(queueChars?: number) {
  const clock = new FakeClock()
  const written: string[] = []
  let done: ((error?: Error) => void) | undefined
  const output = {
    write(text: string, callback: (error: Error | undefined) => void) {
      written.push(text)
      done = callback
    },
  }
  const sink = new LineSink({ output, clock, lost, ...(queueChars && { queueChars }) })
  const settle = (error?: Error) => {
    const callback = done
    done = undefined
    callback?.(error)
  }
  return { clock, written, sink, settle }
}

t.test('line sink: the lines of one turn leave in one write', async (t) => {
  const { clock, written, sink } = setup()
  sink.write('a')
  sink.write('b')
  t.strictSame(written, [], 'nothing is written in the turn of the call')
  clock.run()
  t.strictSame(written, ['a\nb\n'])
})

t.test('line sink: one write at a time, what comes meanwhile follows', async (t) => {
  const { clock, written, sink, settle } = setup()
  sink.write('a')
  clock.run()
  sink.write('b')
  clock.run()
  t.strictSame(written, ['a\n'])
  settle()
  t.strictSame(written, ['a\n', 'b\n'])
})

t.test(
  'line sink: an output that does not keep up costs lines, which are counted and told',
  async (t) => {
    const { clock, written, sink, settle } = setup(8)
    sink.write('a')
    clock.run()
    for (const line of ['bbb', 'ccc', 'ddd', 'eee']) sink.write(line)
    t.equal(sink.dropped, 2)
    settle()
    t.strictSame(written[1], 'lost 2: the output does not keep up\nbbb\nccc\n')
    settle()
    t.equal(sink.dropped, 2)
  },
)

t.test(
  'line sink: what is vital is not pushed out by a flood, and has its bound too',
  async (t) => {
    const { clock, written, sink, settle } = setup(8)
    sink.write('a')
    clock.run()
    for (const line of ['bbb', 'ccc', 'ddd']) sink.write(line)
    sink.write('VVV', true)
    sink.write('WWW', true)
    sink.write('XXX', true)
    t.equal(sink.dropped, 2)
    settle()
    t.strictSame(written[1], 'lost 2: the output does not keep up\nbbb\nccc\nVVV\nWWW\n')
  },
)

t.test('line sink: a full disk is waited out, and said once it is over', async (t) => {
  const { clock, written, sink, settle } = setup()
  sink.write('a')
  clock.run()
  settle(new Error('ENOSPC'))
  sink.write('b')
  clock.run()
  t.equal(written.length, 1, 'no write before the pause is over')
  clock.advance(LIMITS.logRetryMs)
  t.equal(written[1], '\nlost 1: ENOSPC\nb\n', 'half a line may have been left behind')
  settle(new Error('ENOSPC'))
  clock.advance(LIMITS.logRetryMs)
  t.equal(written[2], '\nlost 2: ENOSPC\n')
  settle()
  sink.write('c')
  clock.run()
  t.equal(written[3], 'c\n')
  t.equal(sink.dropped, 2)
})

t.test(
  'line sink: flush resolves when everything is written, or when its time is up',
  async (t) => {
    const { clock, sink, settle } = setup()
    await sink.flush(1000)
    sink.write('a')
    const written = sink.flush(1000)
    clock.run()
    settle()
    await written
    t.equal(clock.armed, 0)
    sink.write('b')
    const late = sink.flush(1000)
    clock.advance(1000)
    await late
  },
)

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

t.test('line sink: lines are gathered for a moment and leave in one write', async (t) => {
  const { clock, written, sink } = setup()
  sink.write('a')
  clock.advance(LIMITS.logDelayMs - 1)
  sink.write('b')
  t.strictSame(written, [], 'what they tell of goes first')
  clock.advance(1)
  t.strictSame(written, ['a\nb\n'])
})

t.test('line sink: many lines leave in the turn in which they became so many', async (t) => {
  const { clock, written, sink } = setup()
  const line = 'a'.repeat(LIMITS.logTogetherChars)
  sink.write(line)
  sink.write('b')
  t.strictSame(written, [])
  clock.run()
  t.strictSame(written, [`${line}\nb\n`])
})

t.test('line sink: a flush gathers nothing more', async (t) => {
  const { clock, written, sink } = setup()
  sink.write('a')
  void sink.flush(1_000)
  clock.run()
  t.strictSame(written, ['a\n'])
})

t.test('line sink: one write at a time, what comes meanwhile follows', async (t) => {
  const { clock, written, sink, settle } = setup()
  sink.write('a')
  clock.advance(LIMITS.logDelayMs)
  sink.write('b')
  clock.advance(LIMITS.logDelayMs)
  t.strictSame(written, ['a\n'])
  settle()
  t.strictSame(written, ['a\n', 'b\n'])
})

t.test(
  'line sink: an output that does not keep up costs lines, which are counted and told',
  async (t) => {
    const { clock, written, sink, settle } = setup(8)
    sink.write('a')
    clock.advance(LIMITS.logDelayMs)
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
    clock.advance(LIMITS.logDelayMs)
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
  clock.advance(LIMITS.logDelayMs)
  settle(new Error('ENOSPC'))
  sink.write('b')
  clock.advance(LIMITS.logDelayMs)
  t.equal(written.length, 1, 'no write before the pause is over')
  clock.advance(LIMITS.logRetryMs)
  t.equal(written[1], '\nlost 1: ENOSPC\nb\n', 'half a line may have been left behind')
  settle(new Error('ENOSPC'))
  clock.advance(LIMITS.logRetryMs)
  t.equal(written[2], '\nlost 2: ENOSPC\n')
  settle()
  sink.write('c')
  clock.advance(LIMITS.logDelayMs)
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
    clock.advance(LIMITS.logDelayMs)
    settle()
    await written
    t.equal(clock.armed, 0)
    sink.write('b')
    const late = sink.flush(1000)
    clock.advance(1000)
    await late
  },
)

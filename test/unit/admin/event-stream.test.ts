import t from 'tap'
import { eventStream } from '../../../src/admin/event-stream.ts'
import { functionId, instanceId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { EventRing } from '../../../src/telemetry/event-ring.ts'
import { OutputRing } from '../../../src/telemetry/output-ring.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const fn = functionId('hello')
const paused = { k: 'paused', at: 5, fn, instance: instanceId('hello-1') } as const

/** A reader that takes as much as it likes. */
class FakeSink {
  taken: string[] = []
  isOver = false
  /** Texts that it takes before it is slow. */
  appetite = Infinity
  #drained = () => {}

  write(text: string) {
    this.taken.push(text)
    this.appetite -= 1
    return this.appetite > 0
  }
  onDrain(listener: () => void) {
    this.#drained = listener
  }
  end() {
    this.isOver = true
  }
  drain() {
    this.#drained()
  }
}

function setup(appetite = Infinity) {
  const clock = new FakeClock()
  const ring = new EventRing(36)
  const sink = new FakeSink()
  sink.appetite = appetite
  const close = eventStream(ring.read({}), clock).open(sink)
  return { clock, ring, sink, close }
}

t.test('event stream: begins with a comment and tells events in a later turn', async (t) => {
  const { clock, ring, sink } = setup()
  t.strictSame(sink.taken, [': coldfront\n\n'])
  ring.event(paused)
  t.equal(sink.taken.length, 1, 'who tells does not wait for who reads')
  clock.run()
  t.equal(
    sink.taken[1],
    'id: 10-1\ndata: {"id":1,"k":"paused","at":5,"fn":"hello","instance":"hello-1"}\n\n',
  )
})

t.test(
  'event stream: a slow reader gets nothing more until it has taken what it got',
  async (t) => {
    const { clock, ring, sink } = setup(3)
    for (let i = 0; i < LIMITS.eventsKeptMax + 10; i += 1) {
      ring.event(paused)
      clock.run()
    }
    t.equal(sink.taken.length, 3)
    clock.advance(LIMITS.streamBeatMs * 3)
    t.equal(sink.taken.length, 3, 'nor a comment')
    sink.appetite = Infinity
    sink.drain()
    clock.run()
    t.match(sink.taken[3], '{"k":"gap","missing":8}')
    t.equal(sink.taken.length, 4 + LIMITS.eventsKeptMax)
    t.equal(ring.lost, 8)
  },
)

t.test('event stream: much is told over several turns', async (t) => {
  const { clock, ring, sink } = setup()
  for (let i = 0; i < LIMITS.streamPiecesPerTurnMax + 1; i += 1) ring.event(paused)
  const turns: number[] = []
  clock.turn(() => turns.push(sink.taken.length))
  clock.run()
  t.strictSame(turns, [1 + LIMITS.streamPiecesPerTurnMax])
  t.equal(sink.taken.length, 2 + LIMITS.streamPiecesPerTurnMax)
})

t.test('event stream: silence is filled with comments', async (t) => {
  const { clock, ring, sink, close } = setup()
  clock.advance(LIMITS.streamBeatMs / 2)
  ring.event(paused)
  clock.advance(LIMITS.streamBeatMs - 1)
  t.equal(sink.taken.length, 2)
  clock.advance(LIMITS.streamBeatMs + 1)
  t.strictSame(sink.taken.slice(2), [':\n\n', ':\n\n'])
  close()
  t.equal(clock.armed, 0)
})

t.test('event stream: a reader that is gone is told nothing', async (t) => {
  const { clock, ring, sink, close } = setup()
  ring.event(paused)
  close()
  clock.run()
  ring.event(paused)
  clock.run()
  t.equal(sink.taken.length, 1)
})

t.test('event stream: ends when there is nothing more to come', async (t) => {
  const clock = new FakeClock()
  const output = new OutputRing(36)
  const sink = new FakeSink()
  eventStream(output.read(fn, {}), clock).open(sink)
  output.event({ k: 'output', at: 5, fn, instance: instanceId('hello-1'), line: 'last words' })
  output.retain([])
  clock.run()
  t.match(sink.taken[1], 'last words')
  t.ok(sink.isOver)
})

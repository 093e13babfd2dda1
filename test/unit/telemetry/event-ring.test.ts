import t from 'tap'
import { functionId, instanceId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { EventRing } from '../../../src/telemetry/event-ring.ts'
import type { Reading } from '../../../src/telemetry/live-ring.ts'
import { OutputRing } from '../../../src/telemetry/output-ring.ts'

const hello = functionId('hello')
const other = functionId('other')
const instance = instanceId('hello-1')

const paused = (fn = hello) => ({ k: 'paused', at: 5, fn, instance }) as const

/** All that there is now. */
function rest(reading: Reading) {
  const pieces: ({ eventId: string } & Record<string, unknown>)[] = []
  for (let piece = reading.next(); piece; piece = reading.next())
    pieces.push({ eventId: piece.id, ...(JSON.parse(piece.text) as Record<string, unknown>) })
  return pieces
}

const ids = (reading: Reading) => rest(reading).map(({ eventId }) => eventId)

t.test('event ring: a reader gets what comes after it came, numbered', async (t) => {
  const ring = new EventRing(36)
  ring.event(paused())
  const reading = ring.read({})
  let told = 0
  const leave = reading.onMore(() => (told += 1))
  ring.event(paused())
  t.strictSame(rest(reading), [
    { eventId: '10-2', id: 2, k: 'paused', at: 5, fn: 'hello', instance: 'hello-1' },
  ])
  leave()
  ring.event(paused())
  t.equal(told, 1)
})

t.test('event ring: a reader goes on after what it has, or begins some events back', async (t) => {
  const ring = new EventRing(36)
  for (let i = 0; i < 5; i += 1) ring.event(paused(i % 2 === 0 ? hello : other))
  t.strictSame(ids(ring.read({ after: '10-3' })), ['10-4', '10-5'])
  t.strictSame(ids(ring.read({ last: 2 })), ['10-4', '10-5'])
  t.strictSame(ids(ring.read({ last: 2, topic: 'other' })), ['10-2', '10-4'])
  t.strictSame(ids(ring.read({ last: 99 })).length, 5)
})

t.test('event ring: what is no longer there is told as a gap', async (t) => {
  const ring = new EventRing(36)
  const slow = ring.read({ last: 1 })
  slow.next()
  for (let i = 0; i < LIMITS.eventsKeptMax + 7; i += 1) ring.event(paused())
  t.match(slow.next(), { id: '10-7', text: '{"k":"gap","missing":7}' })
  t.equal(rest(slow).length, LIMITS.eventsKeptMax)
  t.equal(ring.lost, 7)
  const late = ring.read({ after: '10-2' })
  t.match(late.next(), { text: '{"k":"gap","missing":5}' })
  t.equal(ring.lost, 7, 'who was away did not lose by being slow')
})

t.test('event ring: ids of another process and nonsense are a gap of unknown length', async (t) => {
  const ring = new EventRing(36)
  ring.event(paused())
  for (const after of ['zz-1', '10-2', '10-x', '', '10', '10-99999999999999999999']) {
    const pieces = rest(ring.read({ after }))
    t.strictSame(
      pieces.map(({ eventId }) => eventId),
      ['10-0', '10-1'],
      after,
    )
    t.strictSame(pieces[0], { eventId: '10-0', k: 'gap' })
  }
})

t.test('event ring: an event is bounded and holds nothing that a function printed', async (t) => {
  const ring = new EventRing(36)
  const reading = ring.read({})
  ring.event({ k: 'output', at: 5, fn: hello, instance, line: 'password: x' })
  ring.event({
    k: 'failed',
    at: 5,
    fn: hello,
    instance,
    reason: 'exited',
    message: 'm'.repeat(100_000),
    log: ['password: x'],
    backoffMs: 0,
  })
  const changed = Array.from({ length: 10_000 }, (_, i) => `fn-${i}`)
  ring.event({ k: 'reloaded', at: 5, functions: 10_000, changed })
  const pieces = rest(reading)
  t.strictSame(
    pieces.map(({ k }) => k),
    ['failed', 'reloaded'],
  )
  t.notMatch(JSON.stringify(pieces), 'password')
  t.ok(JSON.stringify(pieces).length < 10_000)
})

t.test('output ring: keeps the last lines of each function until it is removed', async (t) => {
  const output = new OutputRing(36)
  const print = (fn: typeof hello, line: string) =>
    output.event({ k: 'output', at: 5, fn, instance, line })
  for (let i = 0; i < LIMITS.outputKeptMax + 1; i += 1) print(hello, `line ${i}`)
  print(other, 'x')
  t.equal(rest(output.read(hello, { last: Infinity })).length, LIMITS.outputKeptMax)
  t.match(rest(output.read(hello, { last: 1 })), [{ line: `line ${LIMITS.outputKeptMax}` }])
  const reading = output.read(other, {})
  output.retain([hello])
  t.ok(reading.isOver)
  t.strictSame(rest(output.read(other, { last: 9 })), [])
  t.notOk(output.read(hello, {}).isOver)
})

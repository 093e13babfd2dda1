import t from 'tap'
import type { TelemetryEvent } from '../../../src/telemetry/events.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation, FakeWaiter } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const { id } = functionSpec()

function setup(functions = [functionSpec()]) {
  const a = new Activation({ functions })
  const woken: TelemetryEvent[] = []
  a.events.subscribe({ event: (e) => void (e.k === 'woke' && woken.push(e)) })
  const phase = () => a.activator.progress(id)?.phase
  return { a, woken, phase, rouse: () => a.activator.rouse(id, new FakeWaiter()) }
}

t.test('rouse: wakes the function without a waiter, and tells how far it is', async (t) => {
  const { a, woken, phase, rouse } = setup()
  t.equal(phase(), 'asleep')
  for (const verb of ['start', 'ready'] as const) a.world.byHand.add(verb)
  t.match(rouse(), { phase: 'queued', elapsedMs: 0, usualMs: undefined, retryAfterMs: 0 })
  await a.clock.pass(400)
  t.equal(phase(), 'starting')
  a.world.call('start').act()
  a.world.call('start').pass()
  await a.clock.pass(100)
  t.match(a.activator.progress(id), { phase: 'probing', elapsedMs: 500 })
  t.match(rouse(), { phase: 'probing' })
  a.world.call('ready').pass()
  await a.clock.flush()
  t.equal(phase(), 'ready')
  t.equal(rouse(), 'serving')
  t.equal(woken.length, 1, 'one wake, however often somebody looks')
  t.match(a.activator.progress(id), { usualMs: 500, slowMs: 500 })
})

t.test('rouse: an instance that sleeps warm is worth holding for', async (t) => {
  const { a, phase, rouse } = setup()
  rouse()
  await a.clock.pass(60_000)
  t.equal(a.states, 'paused')
  t.equal(rouse(), 'serving')
  t.equal(phase(), 'ready')
})

t.test('rouse: what nobody uses falls asleep again', async (t) => {
  const { a, phase, rouse } = setup()
  rouse()
  await a.clock.pass(700_000)
  t.equal(a.states, 'dormant')
  t.equal(phase(), 'asleep')
})

t.test('rouse: a failed start is told, with how long the next one has to wait', async (t) => {
  const { a, phase, rouse } = setup()
  a.world.byHand.add('start')
  rouse()
  await a.clock.flush()
  a.world.call('start').fail()
  await a.clock.flush()
  t.match(a.activator.progress(id), { phase: 'failed', retryAfterMs: LIMITS.backoffMinMs })
  t.match(rouse(), { code: 'START_BACKOFF', retryAfterMs: LIMITS.backoffMinMs })
  await a.clock.pass(LIMITS.backoffMinMs)
  t.equal(phase(), 'asleep', 'nobody has asked again')
  t.match(rouse(), { phase: 'queued' })
})

t.test('rouse: who may not wake is refused, as if it were held', async (t) => {
  const { a } = setup()
  const limited = new FakeWaiter()
  const refusal = { code: 'RATE_LIMITED', retryAfterMs: 5 } as const
  t.strictSame(a.activator.rouse(id, Object.assign(limited, { mayWake: () => refusal })), refusal)
  await a.clock.pass(1_000)
  t.equal(a.states, '')
  void a.activator.close()
  t.match(a.activator.rouse(id, new FakeWaiter()), { code: 'CLOSING' })
})

t.test('rouse: there is no such function', async (t) => {
  const { a } = setup([])
  t.match(a.activator.rouse(id, new FakeWaiter()), { code: 'FUNCTION_REMOVED' })
  t.equal(a.activator.progress(id), undefined)
})

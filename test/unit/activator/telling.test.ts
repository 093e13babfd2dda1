import t from 'tap'
import type { WokenBy } from '../../../src/domain/admission.ts'
import type { FunctionId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import type { LifeEvent, TelemetryEvent } from '../../../src/telemetry/events.ts'
import { Activation, FakeWaiter } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const BY: WokenBy = { host: 'hello.test', path: '/a', client: '192.0.2.1', userAgent: 'curl/8' }

class NamedWaiter extends FakeWaiter {
  readonly by = BY
  /** Of the address it comes from: the wake is refused. */
  isLimited = false
  mayWake() {
    return this.isLimited ? ({ code: 'RATE_LIMITED', retryAfterMs: 1_000 } as const) : undefined
  }
}

function setup(functions = [functionSpec()]) {
  const a = new Activation({ functions })
  const told: TelemetryEvent[] = []
  a.events.subscribe({ event: (e) => void told.push(e) })
  const fn: FunctionId = functionSpec().id
  const hold = ({ isLimited = false } = {}) => {
    const waiter = new NamedWaiter()
    waiter.isLimited = isLimited
    waiter.lease = a.activator.take(fn)
    if (!waiter.lease) a.activator.hold(fn, waiter)
    return waiter
  }
  const kinds = () => told.filter((e) => e.k !== 'state').map((e) => e.k)
  const last = <K extends LifeEvent['k']>(k: K) =>
    told.findLast((e): e is Extract<LifeEvent, { k: K }> => e.k === k)
  return { a, told, hold, kinds, last }
}

t.test('events: a cold start is told from its cause to its end', async (t) => {
  const { a, hold, kinds, last } = setup()
  const waiter = hold()
  await a.clock.pass(1_000)
  t.strictSame(kinds(), ['woke', 'held', 'started', 'probed', 'ready', 'released'])
  t.match(last('woke'), { why: 'request', by: BY })
  t.strictSame(last('held')?.by, BY)
  t.match(last('released'), { requests: 1 })
  waiter.lease?.release({ k: 'done' })
})

t.test('events: sleeping, resuming and stopping are told', async (t) => {
  const { a, told, hold, kinds, last } = setup()
  const first = hold()
  await a.clock.pass(1_000)
  first.lease?.release({ k: 'done' })
  told.length = 0
  await a.clock.pass(40_000)
  t.strictSame(kinds(), ['paused'])
  told.length = 0
  const woken = hold()
  await a.clock.pass(1_000)
  t.strictSame(kinds(), ['woke', 'held', 'resumed', 'ready', 'released'])
  woken.lease?.release({ k: 'done' })
  told.length = 0
  await a.clock.pass(86_400_000)
  t.strictSame(kinds(), ['paused', 'stopped'])
  t.equal(last('stopped')?.why, 'idle')
})

t.test('events: why an instance stopped is what set its end going', async (t) => {
  const { a, hold, last } = setup()
  hold()
  await a.clock.pass(1_000)
  a.activator.stop(functionSpec().id)
  await a.clock.pass(60_000)
  t.equal(last('stopped')?.why, 'no longer wanted')
  hold()
  await a.clock.pass(10_000)
  a.world.outside('exit', 'hello-1')
  await a.clock.pass(1_000)
  t.equal(last('stopped')?.why, 'exited')
})

t.test(
  'events: one that served and reached its memory limit is told with what to do',
  async (t) => {
    const { a, told, hold, last } = setup()
    hold()
    await a.clock.pass(LIMITS.youngMs + 1_000)
    a.world.outside('oom', 'hello-1')
    await a.clock.pass(1_000)
    const problem = 'hello: was killed at its memory limit: raise memory:, or let it take less'
    t.match(last('stopped'), { why: 'out of memory', problem })
    t.match(a.activator.status()[0]?.lastError, { reason: 'oom_killed', message: problem })
    t.notOk(told.some(({ k }) => k === 'failed'))
    t.equal(a.activator.status()[0]?.backoffMs, 0)
  },
)

t.test(
  'events: wakes that are not made are told with who asked, a flood of them once a second',
  async (t) => {
    const { a, hold, kinds, last } = setup()
    for (let i = 0; i < 100; i += 1) hold({ isLimited: true })
    t.strictSame(kinds(), ['suppressed'])
    t.match(last('suppressed'), { reason: 'rate', requests: 1, by: BY })
    await a.clock.pass(LIMITS.suppressedEveryMs)
    hold({ isLimited: true })
    t.strictSame(kinds(), ['suppressed', 'suppressed'])
    t.match(last('suppressed'), { requests: 100 })
  },
)

t.test('events: what is kept awake without a request is told as such', async (t) => {
  const { a, last } = setup([functionSpec({ instances: { min: 1, max: 1 } })])
  await a.clock.pass(10_000)
  a.world.outside('exit', 'hello-1')
  await a.clock.flush()
  t.match(last('woke'), { why: 'minimum', by: undefined })
})

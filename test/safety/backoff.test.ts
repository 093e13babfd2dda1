/** A thousand functions that do not start: what they cost is bounded, and those that work are answered at once. */

import t from 'tap'

import { ROOMY } from '../support/activation.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { APP } from '../support/command-function.ts'
import { PATIENCE_MS } from '../support/event-log.ts'
import { Activator } from '../../src/activator/activator.ts'
import { functionId, instanceId } from '../../src/domain/ids.ts'
import { RuntimeError, type Placer } from '../../src/runtime/runtime.ts'
import { Events } from '../../src/telemetry/events.ts'
import { functionSpec } from '../support/function-spec.ts'
import { defended } from './defended.ts'

const COUNT = 1_000

t.test(
  'backoff: a thousand functions that fail hold no request, no start and no answer',
  { timeout: PATIENCE_MS * 4 },
  async (t) => {
    const broken = { command: ['/nowhere/no-such-program'] }
    const names = Array.from({ length: COUNT }, (_, i) => `broken-${i}`)
    const functions = {
      app: { command: [process.execPath, APP] },
      ...Object.fromEntries(names.map((name) => [name, broken])),
    }
    const gateway = await defended(t, { text: { wakeRate: { burst: 'never' }, functions } })
    t.equal((await gateway.ask()).status, 200)
    const asked = names.map((fn) => gateway.ask('/', { fn }))
    t.equal((await gateway.ask()).status, 200, 'while they fail')
    const statuses = new Set((await Promise.all(asked)).map(({ status }) => status))
    t.strictSame(statuses, new Set([502]))
    // Each failure doubles the pause, so that at last one is met even on a slow machine.
    let refused = await gateway.ask('/', { fn: 'broken-7' })
    for (let i = 0; i < 10 && refused.status === 502; i += 1)
      refused = await gateway.ask('/', { fn: 'broken-7' })
    t.equal(refused.status, 503)
    t.ok(Number(refused.headers['retry-after']) >= 1, 'and says when to come back')
    const sample = 'coldfront_wakes_suppressed_total{function="broken-7",reason="backoff"}'
    t.ok(((await gateway.metric(sample)) ?? 0) >= 1, 'counted')
    t.equal((await gateway.ask()).status, 200, 'while they back off')
    const { waiters, instances } = await gateway.status('broken-7')
    t.strictSame([waiters, instances.length], [0, 0])
  },
)

t.test('backoff: a function that is in backoff keeps no timer', async (t) => {
  const clock = new FakeClock()
  const failing = {
    name: 'process',
    place: 'each',
    can: { pause: false, keepStopped: false, adopt: false },
    prepare: () => Promise.reject(new RuntimeError('command_missing', 'none')),
  } as unknown as Placer
  let made = 0
  const activator = new Activator({
    clock,
    events: new Events(),
    contract: { ready: () => Promise.reject(new Error('never')), open() {}, close() {} },
    runtimes: { process: failing },
    limits: { startsConcurrent: COUNT, instancesTotal: COUNT, waitersTotal: COUNT, ...ROOMY },
    newId: () => instanceId(`i-${(made += 1)}`),
  })
  const ids = Array.from({ length: COUNT }, (_, i) => functionId(`f-${i}`))
  const limits = { startsConcurrent: COUNT, instancesTotal: COUNT, waitersTotal: COUNT, ...ROOMY }
  activator.apply(
    ids.map((id) => functionSpec({ id, runtime: 'process' })),
    limits,
  )
  const idle = clock.armed
  const refused = new Set<string>()
  for (const id of ids)
    activator.hold(id, { granted: () => true, refused: () => void refused.add(id) })
  while (refused.size < ids.length) {
    clock.run()
    await new Promise(setImmediate)
  }
  for (let i = 0; i < 50; i += 1) await new Promise(setImmediate)
  t.ok(activator.status().every(({ condition }) => condition === 'backoff'))
  t.ok(clock.armed - idle <= 1, `timers of ${COUNT} functions: ${clock.armed - idle}`)
})

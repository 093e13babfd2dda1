import t from 'tap'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const MINUTE_MS = 60_000
const adaptive = (more: Partial<ReturnType<typeof functionSpec>['idle']> = {}) =>
  functionSpec({ idle: { policy: 'adaptive', stopAfterMs: 60 * MINUTE_MS, ...more } })

/** A request every `everyMs`, over at once, so many times; then what the next ones met. */
async function habit(a: Activation, everyMs: number, times: number): Promise<string[]> {
  const fates: string[] = []
  for (let i = 0; i < times; i += 1) {
    const w = a.request()
    await a.clock.flush()
    fates.push(w.fate)
    w.lease?.release({ k: 'done' })
    await a.clock.pass(everyMs)
  }
  return fates
}
const windows = (a: Activation) => a.activator.status()[0]?.windows

t.test('habit: before it has seen enough, what is configured holds', async (t) => {
  const a = new Activation({ functions: [adaptive()] })
  await habit(a, MINUTE_MS, 3)
  t.match(windows(a), { basis: 'standard', keepAliveMs: 60 * MINUTE_MS })
  await a.clock.pass(58 * MINUTE_MS)
  t.equal(a.states, 'paused')
  await a.clock.pass(2 * MINUTE_MS)
  t.equal(a.states, 'dormant')
})

t.test('habit: what is asked for every other minute is not kept for an hour', async (t) => {
  const a = new Activation({ functions: [adaptive({ pauseAfterMs: 5 * MINUTE_MS })] })
  const fates = await habit(a, 2 * MINUTE_MS, 20)
  t.equal(fates.at(-1), 'warm')
  t.match(windows(a), { basis: 'histogram', prewarmMs: 0 })
  await a.clock.pass(10 * MINUTE_MS)
  t.equal(a.states, 'dormant')
})

t.test('habit: what is asked for by the clock sleeps between, and is there in time', async (t) => {
  const a = new Activation({ functions: [adaptive({ stopAfterMs: 10 * MINUTE_MS })] })
  const fates = await habit(a, 30 * MINUTE_MS, 20)
  t.strictSame(new Set(fates.slice(0, 10)), new Set(['cold']), 'nothing is known yet')
  t.strictSame(new Set(fates.slice(12)), new Set(['resumed']))
  const { prewarmMs = 0, keepAliveMs = 0 } = windows(a) ?? {}
  t.ok(prewarmMs < 30 * MINUTE_MS && keepAliveMs > 30 * MINUTE_MS, `${prewarmMs} to ${keepAliveMs}`)
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  await a.clock.pass(20 * MINUTE_MS)
  t.strictSame(a.world.alive, [], 'meanwhile it costs nothing')
  await a.clock.pass(40 * MINUTE_MS)
  t.strictSame(a.world.alive, [], 'and when nobody came it sleeps again')
})

t.test('habit: a reload to fixed tiers forgets it', async (t) => {
  const a = new Activation({ functions: [adaptive()] })
  await habit(a, 2 * MINUTE_MS, 20)
  a.reload([functionSpec()])
  await a.clock.flush()
  t.equal(windows(a), undefined)
})

t.test('habit: closing leaves no timer', async (t) => {
  const a = new Activation({ functions: [adaptive({ stopAfterMs: 10 * MINUTE_MS })] })
  await habit(a, 30 * MINUTE_MS, 20)
  const closed = a.activator.close()
  await a.clock.pass(60 * MINUTE_MS)
  await closed
  t.equal(a.clock.armed, 0)
})

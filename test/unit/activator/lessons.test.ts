/** What is learnt outlives the process, as long as it still holds. */

import t from 'tap'
import type { FunctionSpec } from '../../../src/domain/function.ts'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const MINUTE_MS = 60_000

const learning = (changes: Partial<FunctionSpec> = {}): FunctionSpec => ({
  ...functionSpec({
    idle: { policy: 'adaptive', stopAfterMs: 10 * MINUTE_MS },
    hold: { timeoutMs: LIMITS.autoHold.maxMs, auto: true },
  }),
  ...changes,
})

/** Asked for every half hour, so many times. */
async function halfHourly(a: Activation, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const w = a.request()
    await a.clock.flush()
    w.lease?.release({ k: 'done' })
    await a.clock.pass(30 * MINUTE_MS)
  }
}

/** What another process begins with. */
const next = (a: Activation, fn = learning()): Activation =>
  new Activation({ functions: [fn], lessons: a.activator.lessons() })

const windows = async (a: Activation) => {
  await a.clock.flush()
  return a.activator.status()[0]?.windows
}

t.test('lessons: the next process knows when a function is asked for', async (t) => {
  const a = new Activation({ functions: [learning()] })
  await halfHourly(a, 15)
  const known = await windows(a)
  t.equal(known?.basis, 'histogram')
  t.strictSame(await windows(next(a)), known)
  t.strictSame(await windows(next(next(a))), known, 'also where the next one learns nothing')
})

t.test('lessons: idle times are dropped where the tiers have changed', async (t) => {
  const a = new Activation({ functions: [learning()] })
  await halfHourly(a, 15)
  const { idle } = learning()
  const longer = learning({ idle: { ...idle, stopAfterMs: 20 * MINUTE_MS } })
  t.match(await windows(next(a, longer)), { basis: 'standard' })
  const fixed = next(a, learning({ idle: { ...idle, policy: 'fixed' } }))
  t.equal(await windows(fixed), undefined)
  t.notOk(fixed.activator.lessons().get(functionId('hello'))?.idle)
})

t.test('lessons: the next process knows how long a wake takes, of the same revision', async (t) => {
  const a = new Activation({ functions: [learning()] })
  a.world.byHand.add('ready')
  const first = a.request()
  await a.clock.pass(8_000)
  a.world.call('ready').pass()
  await a.clock.flush()
  t.equal(first.fate, 'cold')
  const usual = (b: Activation) => b.activator.progress(functionId('hello'))?.usualMs
  t.equal(usual(a), 8_000)
  t.equal(usual(next(a)), 8_000)
  t.equal(usual(next(a, learning({ revision: revisionId('another') }))), undefined)
})

t.test('lessons: a function that is declared anew begins anew', async (t) => {
  const a = new Activation({ functions: [learning()] })
  await halfHourly(a, 15)
  const b = next(a)
  b.reload([])
  await b.clock.pass(MINUTE_MS)
  t.equal(b.activator.lessons().size, 0)
  b.reload([learning()])
  t.match(await windows(b), { basis: 'standard' })
})

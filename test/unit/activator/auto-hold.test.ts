import t from 'tap'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const { factor, minMs, maxMs } = LIMITS.autoHold

/** One request at a time, and the first wake takes so long. */
async function woken(wakeMs: number) {
  const fn = functionSpec({ concurrency: 1, hold: { timeoutMs: maxMs, auto: true, waiters: 10 } })
  const a = new Activation({ functions: [fn] })
  a.world.byHand.add('ready')
  const first = a.request()
  await a.clock.pass(wakeMs)
  a.world.call('ready').pass()
  await a.clock.flush()
  return { a, first }
}

/** How long a request is held that finds no room. */
async function held(a: Activation): Promise<number> {
  const from = a.clock.now()
  const waiter = a.request()
  while (waiter.fate === 'waiting') await a.clock.pass(500)
  return a.clock.now() - from
}

t.test('hold auto: is as long as wakes of the function take, with room to spare', async (t) => {
  const { a, first } = await woken(8_000)
  t.equal(first.fate, 'cold')
  t.equal(await held(a), 8_000 * factor)
})

t.test('hold auto: is not shorter than its least', async (t) => {
  const { a } = await woken(100)
  t.equal(await held(a), minMs)
})

t.test('hold auto: before the first wake is as long as a start may take', async (t) => {
  const fn = functionSpec({
    hold: { timeoutMs: maxMs, auto: true, waiters: 10 },
    start: { timeoutMs: 40_000, pullTimeoutMs: 600_000 },
    readiness: { timeoutMs: 30_000 },
  })
  const a = new Activation({ functions: [fn] })
  a.world.byHand.add('prepare')
  t.equal(await held(a), 70_000)
})

t.test('hold auto: is not longer than its most', async (t) => {
  const fn = functionSpec({
    hold: { timeoutMs: maxMs, auto: true, waiters: 10 },
    start: { timeoutMs: 400_000, pullTimeoutMs: 600_000 },
  })
  const a = new Activation({ functions: [fn] })
  a.world.byHand.add('prepare')
  t.equal(await held(a), maxMs)
})

import t from 'tap'
import { functionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const HOUR_MS = 3_600_000
const hello = functionSpec().id

t.test('keep warm: an instance is started and stays until the time is over', async (t) => {
  const a = new Activation()
  t.equal(a.activator.warm(hello, HOUR_MS), true)
  t.equal(a.activator.status()[0]?.warmUntil, a.clock.wall() + HOUR_MS)
  await a.clock.pass(HOUR_MS - 1)
  t.equal(a.states, 'ready')
  await a.clock.pass(60_000)
  t.equal(a.states, 'dormant', 'it had been idle all the time')
  t.equal(a.activator.status()[0]?.warmUntil, undefined)
})

t.test('keep warm: one that sleeps is resumed, one that fails is started again', async (t) => {
  const a = new Activation()
  const waiter = a.request()
  await a.clock.pass(1_000)
  waiter.lease?.release({ k: 'done' })
  await a.clock.pass(60_000)
  t.equal(a.states, 'paused')
  a.activator.warm(hello, HOUR_MS)
  await a.clock.pass(10_000)
  t.equal(a.states, 'ready')
  a.world.outside('exit', 'hello-1')
  await a.clock.pass(10_000)
  t.equal(a.states, 'ready')
})

t.test('keep warm: the newest word counts, and no time at all ends it', async (t) => {
  const a = new Activation()
  a.activator.warm(hello, HOUR_MS)
  a.activator.warm(hello, 2 * HOUR_MS)
  await a.clock.pass(HOUR_MS + 60_000)
  t.equal(a.states, 'ready')
  a.activator.warm(hello, 0)
  await a.clock.pass(60_000)
  t.equal(a.states, 'dormant')
})

t.test('keep warm: pause and stop end it', async (t) => {
  for (const verb of ['pause', 'stop'] as const) {
    const a = new Activation()
    a.activator.warm(hello, HOUR_MS)
    await a.clock.pass(1_000)
    a.activator[verb](hello)
    await a.clock.pass(1_000)
    t.equal(a.states, verb === 'pause' ? 'paused' : 'dormant')
    t.equal(a.activator.status()[0]?.warmUntil, undefined)
  }
})

t.test('keep warm: outlives a reload, but not the function', async (t) => {
  const a = new Activation()
  a.activator.warm(hello, HOUR_MS)
  await a.clock.pass(1_000)
  a.reload([functionSpec({ concurrency: 7 })])
  await a.clock.pass(600_000)
  t.equal(a.states, 'ready')
  a.reload([])
  await a.clock.pass(60_000)
  a.reload([functionSpec()])
  await a.clock.pass(60_000)
  t.equal(a.activator.status()[0]?.warmUntil, undefined)
  t.equal(a.states, '')
})

t.test('keep warm: is not for what is not there', async (t) => {
  t.equal(new Activation().activator.warm(functionId('nope'), HOUR_MS), undefined)
})

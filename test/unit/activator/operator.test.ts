import t from 'tap'
import { functionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const HELLO = functionSpec().id
const NONE = functionId('none')

t.test('operator: wake starts an instance without a request, once', async (t) => {
  const a = new Activation()
  t.equal(a.activator.wake(HELLO), true)
  t.equal(a.activator.wake(NONE), false)
  await a.clock.flush()
  t.equal(a.states, 'ready')
  await a.clock.pass(30_000)
  t.equal(a.states, 'paused', 'it may fall idle')
})

t.test('operator: wake of what is ready changes nothing, now or later', async (t) => {
  const a = new Activation()
  a.request()
  a.activator.wake(HELLO)
  await a.clock.flush()
  a.activator.wake(HELLO)
  const asked = a.world.asked.length
  await a.clock.flush()
  t.equal(a.world.asked.length, asked)
})

t.test('operator: a woken function that was ready still falls asleep', async (t) => {
  const a = new Activation()
  a.activator.wake(HELLO)
  await a.clock.flush()
  a.activator.wake(HELLO)
  await a.clock.pass(30_000)
  t.equal(a.states, 'paused')
})

t.test('operator: wake resumes what is paused, and ends with a failure', async (t) => {
  const a = new Activation()
  a.activator.wake(HELLO)
  await a.clock.pass(30_000)
  a.activator.wake(HELLO)
  await a.clock.flush()
  t.equal(a.states, 'ready')
  const b = new Activation()
  b.world.byHand.add('start')
  b.activator.wake(HELLO)
  await b.clock.flush()
  b.world.call('start').fail()
  await b.clock.pass(10_000)
  t.equal(b.world.calls.length, 0, 'not tried again for nobody')
})

t.test('operator: pause freezes what is idle, and only that', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  t.equal(a.activator.pause(HELLO), true)
  await a.clock.flush()
  t.equal(a.states, 'ready', 'an exchange is in flight')
  w.lease?.release({ k: 'done' })
  a.activator.pause(HELLO)
  await a.clock.flush()
  t.equal(a.states, 'paused')
  t.equal(a.activator.pause(NONE), undefined)
  const never = functionSpec({ idle: { pauseAfterMs: Infinity } })
  t.equal(new Activation({ functions: [never] }).activator.pause(HELLO), false)
})

t.test('operator: stop drains, and those who wait get another instance', async (t) => {
  const a = new Activation({ functions: [functionSpec({ concurrency: 1 })] })
  const w = a.request()
  const held = a.request()
  await a.clock.flush()
  t.equal(a.activator.stop(HELLO), true)
  t.equal(a.activator.stop(NONE), false)
  await a.clock.flush()
  t.equal(a.states, 'draining')
  t.equal(held.fate, 'waiting')
  w.lease?.release({ k: 'done' })
  await a.clock.flush()
  t.equal(held.fate, 'cold')
  t.ok(a.log.includes('hello-1 stopping'), 'the end of a drain is told')
})

/** Commands that are answered when nobody reckons with it any more, and what is done meanwhile with what they act on. */

import t from 'tap'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

/** Ready, idle, and its pause is out. */
async function pausing(): Promise<Activation> {
  const a = new Activation()
  a.world.byHand.add('pause')
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  await a.clock.pass(functionSpec().idle.pauseAfterMs)
  t.equal(a.states, 'pausing')
  return a
}

t.test('activator: a pause that succeeds after its deadline is undone', async (t) => {
  const a = await pausing()
  await a.clock.pass(LIMITS.pauseMs)
  t.equal(a.states, 'ready', 'it was found running')
  a.world.facts = 'lost'
  a.world.call('pause').pass()
  await a.clock.flush()
  t.strictSame([...a.world.frozen], [], 'thawed, though no fact told that it was frozen')
  t.equal(a.states, 'ready')
  t.equal(a.request().fate, 'warm')
})

t.test(
  'activator: a pause that is answered with a failure after its deadline is looked at',
  async (t) => {
    const a = await pausing()
    await a.clock.pass(LIMITS.pauseMs)
    a.world.facts = 'lost'
    a.world.call('pause').act()
    a.world.call('pause').fail()
    await a.clock.flush()
    t.strictSame([...a.world.frozen], [])
    t.equal(a.states, 'ready')
  },
)

t.test('activator: what is frozen while it is resumed is thawed again', async (t) => {
  const a = await pausing()
  a.world.byHand.add('resume')
  a.world.call('pause').pass()
  await a.clock.flush()
  const w = a.request()
  await a.clock.flush()
  t.equal(a.states, 'resuming')
  a.world.call('resume').act()
  a.world.outside('pause', 'hello-1')
  a.world.call('resume').pass()
  await a.clock.flush()
  t.equal(a.states, 'resuming', 'again')
  a.world.call('resume').pass()
  await a.clock.flush()
  t.equal(a.states, 'ready')
  t.equal(w.fate, 'resumed')
})

t.test('activator: what is thawed while it is paused is taken to run', async (t) => {
  const a = await pausing()
  a.world.call('pause').act()
  a.world.outside('unpause', 'hello-1')
  a.world.call('pause').pass()
  await a.clock.flush()
  t.equal(a.states, 'ready')
})

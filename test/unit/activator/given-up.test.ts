/** What resists every attempt at stopping is given up; nobody is sent to it while a stop of it is out. */

import t from 'tap'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

/** Given up, with every stop of it unanswered. */
async function givenUp(functions = [functionSpec()]): Promise<Activation> {
  const a = new Activation({ functions })
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  a.world.byHand.add('stop')
  a.activator.stop(functionSpec().id)
  await a.clock.pass(
    LIMITS.stopAttemptsMax * (functionSpec().stop.graceMs + LIMITS.stopSlackMs + 5_000),
  )
  t.equal(a.states, '')
  t.equal(a.world.calls.length, LIMITS.stopAttemptsMax)
  t.strictSame(a.world.alive, ['hello-1'])
  return a
}

async function relist(a: Activation): Promise<void> {
  a.world.relist()
  await a.clock.flush()
}

t.test('activator: what is given up serves nobody while stops of it are out', async (t) => {
  const a = await givenUp()
  await relist(a)
  t.equal(a.states, '', 'it is not adopted')
  const w = a.request()
  await a.clock.flush()
  t.equal(w.lease?.instance, 'hello-2')
})

t.test(
  'activator: what is given up is taken over when all its stops have come to nothing',
  async (t) => {
    const a = await givenUp()
    for (const call of Array.from(a.world.calls)) call.fail()
    await a.clock.flush()
    t.equal(a.states, '', 'it runs on, and is not met again at once')
    await relist(a)
    t.equal(a.states, 'ready')
  },
)

t.test('activator: what is given up and ends after all is kept as any other', async (t) => {
  const a = await givenUp()
  a.world.call('stop').pass()
  await a.clock.flush()
  await relist(a)
  t.equal(a.states, '', 'other stops of it are out')
  a.world.passAll()
  await a.clock.flush()
  t.equal(a.states, 'dormant')
})

t.test('activator: closing does not wait for stops of what was given up', async (t) => {
  const a = await givenUp()
  let closed = false
  void a.activator.close().then(() => (closed = true))
  await a.clock.flush()
  t.ok(closed)
})

t.test(
  'activator: an existing container is not used again before its stops are answered',
  async (t) => {
    const spec = {
      k: 'container',
      container: 'web',
      listening: { k: 'port', port: 80 },
      reach: 'auto',
    } as const
    const a = await givenUp([functionSpec({ spec, rollout: 'replace' })])
    const w = a.request()
    await a.clock.flush()
    t.equal(a.states, 'starting')
    t.equal(w.fate, 'waiting')
    a.world.passAll()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
  },
)

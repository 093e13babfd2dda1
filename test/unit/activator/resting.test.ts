/** The end of an idle tier where nothing can or may be put to sleep. */

import t from 'tap'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const lost = { k: 'lost', cause: { message: 'gone' } } as const

t.test(
  'activator: at the minimum an idle instance stays, and is looked at now and then',
  async (t) => {
    const a = new Activation({ functions: [functionSpec({ instances: { min: 1 } })] })
    await a.clock.flush()
    let looks = 0
    const timer = a.clock.timer.bind(a.clock)
    a.clock.timer = (delayMs, fn) => {
      if ((looks += 1) > 1_000) throw new Error('it looks without a pause')
      return timer(delayMs, fn)
    }
    await a.clock.pass(130_000)
    t.equal(a.states, 'ready')
    t.ok(looks <= 130, `${looks} looks`)
  },
)

t.test('activator: while the runtime is away nothing is put to sleep', async (t) => {
  const a = new Activation()
  a.request().ticket?.leave('gone')
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  a.activator.fact('process', lost)
  await a.clock.pass(60_000)
  t.equal(a.states, 'ready')
  t.equal(a.request().fate, 'warm', 'it serves')
  a.activator.fact('process', { k: 'synced' })
  t.strictSame(
    a.world.asked.filter((x) => x.startsWith('pause')),
    [],
  )
})

t.test('activator: what fell idle while the runtime was away sleeps when it is back', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  a.activator.fact('process', lost)
  await a.clock.pass(60_000)
  a.activator.fact('process', { k: 'synced' })
  await a.clock.pass(1_000)
  t.equal(a.states, 'paused')
})

t.test('activator: a paused instance is resumed when the runtime is back', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  await a.clock.pass(30_000)
  a.activator.fact('process', lost)
  const held = a.request()
  await a.clock.pass(5_000)
  t.equal(held.fate, 'waiting')
  t.equal(a.states, 'paused')
  a.activator.fact('process', { k: 'synced' })
  await a.clock.flush()
  t.equal(held.fate, 'resumed')
  t.notOk(a.log.some((line) => line.startsWith('alarm')))
})

t.test('activator: what is being resumed is expected while the call is out', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  await a.clock.pass(30_000)
  t.equal(a.states, 'paused')
  a.world.byHand.add('resume')
  const held = a.request()
  await a.clock.flush()
  t.equal(a.states, 'resuming')
  t.equal(a.contract.expected.length, 1)
  a.world.call('resume').pass()
  await a.clock.flush()
  t.equal(held.fate, 'resumed')
  t.equal(a.contract.expected.length, 1)
})

import t from 'tap'
import { RuntimeError } from '../../../src/runtime/runtime.ts'
import { Activation } from '../../support/activation.ts'

const LOST = { k: 'lost', cause: { message: 'gone' } } as const
const away = (): RuntimeError => new RuntimeError('engine_away', 'no answer')

t.test('engine away: what is ready serves on, and nothing is started', async (t) => {
  const a = new Activation()
  a.request()
  await a.clock.flush()
  a.activator.fact('process', LOST)
  t.equal(a.request().fate, 'warm')
  const asked = a.world.asked.length
  await a.clock.pass(20_000)
  t.equal(a.world.asked.length, asked)
})

t.test('engine away: a waiter holds until its time is up, and is told why', async (t) => {
  const a = new Activation()
  a.activator.fact('process', LOST)
  const w = a.request()
  await a.clock.pass(29_999)
  t.equal(w.fate, 'waiting')
  await a.clock.pass(1)
  t.equal(w.fate, 'refused RUNTIME_AWAY')
})

t.test(
  'engine away: starts that fail for it are not charged, and are tried once a second',
  async (t) => {
    const a = new Activation()
    a.world.byHand.add('start')
    const w = a.request()
    await a.clock.flush()
    for (let second = 0; second < 5; second += 1) {
      a.world.call('start').fail(away())
      await a.clock.flush()
      t.equal(a.world.calls.length, 0, 'not at once')
      t.equal(a.request().fate, 'waiting', 'others are held, not refused')
      await a.clock.pass(1_000)
    }
    t.equal(w.fate, 'waiting')
    a.world.call('start').pass()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
  },
)

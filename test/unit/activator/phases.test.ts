import t from 'tap'
import { Activation } from '../../support/activation.ts'

t.test(
  'phases: a kept instance that is started again tells nothing of its first start',
  async (t) => {
    const a = new Activation()
    a.world.byHand.add('create')
    const first = a.request()
    await a.clock.pass(25)
    const create = a.world.calls.find(({ verb }) => verb === 'create')
    create?.act()
    create?.pass()
    await a.clock.flush()
    t.equal(first.lease?.wake?.create, 25)
    first.lease?.release({ k: 'done' })
    await a.clock.pass(600_000)
    t.equal(a.states, 'dormant')
    const again = a.request()
    await a.clock.flush()
    t.equal(again.fate, 'cold')
    t.equal(again.lease?.wake?.create, 0, 'nothing was created for it')
  },
)

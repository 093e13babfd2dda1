import t from 'tap'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const BROKE_OFF = { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true } as const
const ALONE = { functions: [functionSpec({ concurrency: 1, instances: { max: 1 } })] }

t.test(
  'breaking off: who waits is not sent after an exchange that a dying instance cut off',
  async (t) => {
    const a = new Activation(ALONE)
    const cut = a.request()
    const next = a.request()
    await a.clock.pass(10_000)
    cut.lease?.release(BROKE_OFF)
    await a.clock.flush()
    t.equal(next.fate, 'waiting')
    a.world.outside('exit', 'hello-1')
    await a.clock.flush()
    t.equal(next.fate, 'cold', 'the next run serves it')
  },
)

t.test(
  'breaking off: an instance that lives has the place again after a moment, and others wait for nothing',
  async (t) => {
    const a = new Activation({ functions: [functionSpec({ concurrency: 2 })] })
    const cut = a.request()
    const other = a.request()
    const next = a.request()
    await a.clock.flush()
    cut.lease?.release(BROKE_OFF)
    await a.clock.flush()
    t.equal(next.fate, 'waiting')
    other.lease?.release({ k: 'done' })
    await a.clock.flush()
    t.ok(next.lease, 'served by the place of the other')
    t.equal(a.activator.status()[0]?.inFlight, 2)
    await a.clock.pass(LIMITS.brokenPlaceMs)
    t.equal(a.activator.status()[0]?.inFlight, 1)
  },
)

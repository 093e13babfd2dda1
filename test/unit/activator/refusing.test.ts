import t from 'tap'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const REFUSED = { k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false } as const

t.test(
  'refusing: the place that a refused connect frees is not given to the next one',
  async (t) => {
    const a = new Activation()
    const ws = [a.request(), a.request(), a.request()]
    await a.clock.flush()
    a.world.byHand.add('ready')
    ws[0]?.lease?.release(REFUSED)
    const next = a.request()
    ws[1]?.lease?.release(REFUSED)
    await a.clock.flush()
    t.equal(a.states, 'probing')
    t.equal(next.fate, 'waiting')
    ws[2]?.lease?.release(REFUSED)
    a.world.byHand.clear()
    a.world.passAll()
    await a.clock.flush()
    t.equal(next.fate, 'queued')
  },
)

t.test(
  'refusing: thawed while it refuses, an instance is probed before it is trusted',
  async (t) => {
    const a = new Activation({ functions: [functionSpec({ concurrency: 2 })] })
    const ws = [a.request(), a.request()]
    await a.clock.pass(10_000)
    a.world.byHand.add('resume')
    a.world.outside('pause', 'hello-1')
    await a.clock.flush()
    t.equal(a.states, 'resuming')
    for (const w of ws) w.lease?.release(REFUSED)
    a.world.byHand.clear()
    a.world.byHand.add('ready')
    a.world.passAll()
    await a.clock.flush()
    t.equal(a.states, 'probing')
  },
)

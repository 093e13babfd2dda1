import t from 'tap'
import { revisionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const R1 = functionSpec()
const R2 = functionSpec({ revision: revisionId('r2') })

/** Revision 1 serves; revision 2 was declared and its start came to nothing. */
async function failed(): Promise<Activation> {
  const a = new Activation({ functions: [R1] })
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  a.world.byHand.add('start')
  a.reload([R2])
  await a.clock.flush()
  a.world.call('start').fail()
  await a.clock.flush()
  return a
}

t.test(
  'rollout: a revision that fails leaves the old one serving, and the status says so',
  async (t) => {
    const a = await failed()
    const [status] = a.activator.status()
    t.match(status?.problem, /r2.*start failed/)
    t.equal(status?.condition, 'ready')
    t.equal(a.request().fate, 'warm')
    t.strictSame(a.world.alive, ['hello-1'])
  },
)

t.test(
  'rollout: a revision that failed is tried again after a backoff, and takes over then',
  async (t) => {
    const a = await failed()
    await a.clock.pass(999)
    t.equal(a.world.calls.length, 0)
    await a.clock.pass(1)
    a.world.byHand.clear()
    a.world.passAll()
    await a.clock.flush()
    t.strictSame(a.world.alive, ['hello-2'])
    t.equal(a.activator.status()[0]?.problem, undefined)
  },
)

t.test('rollout: while the new revision fails the old one does not fall asleep', async (t) => {
  const a = await failed()
  for (let minutes = 0; minutes < 15; minutes += 1) {
    for (const call of a.world.calls.filter((c) => c.verb === 'start')) call.fail()
    await a.clock.pass(60_000)
  }
  t.ok(a.world.alive.includes('hello-1'))
  t.equal(a.request().fate, 'warm')
})

t.test(
  'rollout: that the old revision was thawed does not end the backoff of the new one',
  async (t) => {
    const a = await failed()
    a.world.outside('pause', 'hello-1')
    await a.clock.flush()
    t.equal(a.states.split(' ')[0], 'ready', 'thawed again')
    t.ok((a.activator.status()[0]?.backoffMs ?? 0) > 0)
    t.match(a.activator.status()[0]?.problem, /r2/)
  },
)

t.test('rollout: back to the old revision, and what had begun is undone', async (t) => {
  const a = new Activation({ functions: [R1] })
  const w = a.request()
  await a.clock.flush()
  a.world.byHand.add('start')
  a.reload([R2])
  await a.clock.flush()
  t.equal(a.states, 'ready starting')
  a.reload([R1])
  await a.clock.flush()
  t.equal(a.states, 'ready stopping')
  a.world.passAll()
  await a.clock.flush()
  t.strictSame(a.world.alive, ['hello-1'])
  t.strictSame([...a.world.entries.keys()], ['hello-1'])
  w.lease?.release({ k: 'done' })
  t.equal(a.request().fate, 'warm')
})

t.test('rollout: ten revisions in a row end with the last one alone', async (t) => {
  const a = new Activation({ functions: [R1] })
  a.request()
  await a.clock.flush()
  a.world.byHand.add('ready')
  for (let r = 2; r <= 10; r += 1) {
    a.reload([functionSpec({ revision: revisionId(`r${r}`) })])
    await a.clock.flush()
  }
  t.equal(a.request().fate, 'warm')
  a.world.byHand.clear()
  a.world.passAll()
  await a.clock.pass(60_000)
  t.equal(a.world.alive.length, 1)
  t.equal(a.activator.status()[0]?.instances[0]?.revision, 'r10')
})

t.test('rollout: limits that change without a revision apply to what runs', async (t) => {
  const a = new Activation({ functions: [functionSpec({ concurrency: 1 })] })
  const w = a.request()
  const held = a.request()
  await a.clock.flush()
  t.equal(held.fate, 'waiting')
  a.reload([functionSpec({ concurrency: 2, idle: { pauseAfterMs: 5_000 } })])
  await a.clock.flush()
  t.equal(held.fate, 'cold')
  for (const { lease } of [w, held]) lease?.release({ k: 'done' })
  await a.clock.pass(5_000)
  t.equal(a.states, 'paused')
  a.reload([functionSpec({ idle: { stopAfterMs: 6_000 } })])
  await a.clock.pass(1_000)
  t.equal(a.states, 'dormant')
  t.strictSame([...a.world.entries.keys()], ['hello-1'], 'nothing was made anew')
})

t.test(
  'rollout: a lease of a run that has ended is given back without effect on the next',
  async (t) => {
    const a = new Activation()
    const w = a.request()
    await a.clock.pass(10_000)
    a.world.outside('exit', 'hello-1')
    const next = a.request()
    await a.clock.flush()
    t.equal(next.fate, 'cold')
    w.lease?.touch()
    w.lease?.release({ k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
    t.equal(a.activator.status()[0]?.inFlight, 1)
    t.throws(() => w.lease?.release({ k: 'done' }), /twice/)
  },
)

t.test(
  'rollout: a creation that is given up does not keep the revision that replaces it from starting',
  async (t) => {
    const instances = { max: 2, prepared: 1 }
    const a = new Activation({ functions: [functionSpec({ rollout: 'replace', instances })] })
    a.world.byHand.add('create')
    await a.clock.flush()
    a.reload([functionSpec({ rollout: 'replace', instances, revision: revisionId('r2') })])
    await a.clock.flush()
    const w = a.request()
    await a.clock.flush()
    t.match(a.states, /^stopping/, 'its creation hangs')
    a.world.calls.at(-1)?.pass()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
  },
)

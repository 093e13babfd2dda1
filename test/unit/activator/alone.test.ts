import t from 'tap'
import { instanceId, revisionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const container = (name: string, revision = 'r1') =>
  functionSpec({
    revision: revisionId(revision),
    rollout: 'replace',
    spec: { k: 'container', container: name, listening: { k: 'port', port: 80 }, reach: 'auto' },
  })

async function serving(): Promise<Activation> {
  const a = new Activation({ functions: [container('db')] })
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  return a
}

t.test('existing container: whatever it is called, it is one instance', async (t) => {
  const a = await serving()
  const fact = a.world.fact('hello-1')
  a.world.tell({ ...fact, ref: { ...fact.ref, instance: instanceId('hello-db') } })
  await a.clock.flush()
  t.equal(a.states, 'ready')
})

t.test(
  'existing container: made anew under its name, the new one is waited for and used',
  async (t) => {
    const a = await serving()
    await a.clock.pass(10_000)
    const { ref } = a.world.fact('hello-1')
    a.world.outside('exit', 'hello-1')
    a.world.found('hello-db', container('db'), 'created')
    await a.clock.flush()
    a.world.tell({ k: 'gone', ref })
    await a.clock.flush()
    t.equal(a.states, 'dormant')
    a.world.entries.delete('hello-1')
    const w = a.request()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
    t.strictSame(a.world.alive, ['hello-db'])
  },
)

t.test('existing container: a changed revision ends the run before the next begins', async (t) => {
  const a = await serving()
  const w = a.request()
  a.reload([container('db', 'r2')])
  const held = a.request()
  await a.clock.flush()
  t.equal(a.states, 'draining')
  t.equal(held.fate, 'waiting')
  w.lease?.release({ k: 'done' })
  await a.clock.flush()
  t.equal(held.fate, 'cold')
  t.equal(a.world.alive.length, 1)
})

t.test('existing container: a fact about another one does not hit the one that ends', async (t) => {
  const a = await serving()
  const w = a.request()
  a.world.byHand.add('stop')
  a.reload([container('cache', 'r2')])
  await a.clock.flush()
  a.world.found('hello-cache', container('cache', 'r2'), 'running')
  await a.clock.flush()
  t.equal(a.activator.status()[0]?.instances[0]?.inFlight, 1, 'what is in flight goes on')
  w.lease?.release({ k: 'done' })
})

t.test(
  'existing container: removed and declared again while it drains, it waits for the end',
  async (t) => {
    const a = await serving()
    const w = a.request()
    a.reload([])
    a.reload([container('db')])
    const held = a.request()
    await a.clock.pass(5_000)
    t.equal(held.fate, 'waiting')
    t.equal(a.world.asked.filter((x) => x.startsWith('start')).length, 1)
    w.lease?.release({ k: 'done' })
    await a.clock.flush()
    t.equal(held.fate, 'cold')
    t.equal(a.world.alive.length, 1)
  },
)

t.test(
  'function: removed and declared again while it drains, the new one does not wait',
  async (t) => {
    const a = new Activation()
    const w = a.request()
    await a.clock.flush()
    a.reload([])
    t.equal(a.request().fate, 'refused FUNCTION_REMOVED')
    a.reload([functionSpec()])
    const next = a.request()
    await a.clock.flush()
    t.equal(next.fate, 'cold')
    t.strictSame(a.world.alive, ['hello-1', 'hello-2'])
    a.world.outside('exit', 'hello-1')
    await a.clock.flush()
    t.equal(a.states, 'ready', 'facts of the old one stay with it')
    w.lease?.release({ k: 'done' })
    await a.clock.flush()
    t.strictSame([...a.world.entries.keys()], ['hello-2'])
  },
)

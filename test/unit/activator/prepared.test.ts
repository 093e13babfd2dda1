import t from 'tap'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import type { FunctionSpec } from '../../../src/domain/function.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const prepared = (more: Partial<FunctionSpec['instances']> = {}, changes = {}) =>
  functionSpec({ concurrency: 1, ...changes, instances: { max: 2, prepared: 1, ...more } })

const DAY_MS = 86_400_000

t.test('prepared: a container is created before anybody asks, and not started', async (t) => {
  const a = new Activation({ functions: [prepared()] })
  await a.clock.flush()
  t.strictSame(a.world.asked, ['prepare', 'create hello-1'])
  t.equal(a.states, 'dormant')
  await a.clock.pass(3 * DAY_MS)
  t.equal(a.states, 'dormant', 'it is kept beyond its time')
})

t.test('prepared: a request starts it, and another one is created', async (t) => {
  const a = new Activation({ functions: [prepared()] })
  await a.clock.flush()
  const w = a.request()
  await a.clock.flush()
  t.equal(w.fate, 'cold')
  t.equal(a.states, 'ready dormant')
  t.equal(w.lease?.instance, 'hello-1')
  w.lease?.release({ k: 'done' })
  await a.clock.pass(3 * DAY_MS)
  t.equal(a.states, 'dormant', 'what is more than that is removed in the end')
})

t.test('prepared: nothing is created that could not be started', async (t) => {
  const a = new Activation({ functions: [prepared({ max: 1 })] })
  await a.clock.flush()
  a.request()
  await a.clock.flush()
  t.equal(a.states, 'ready')
})

t.test('prepared: a changed revision replaces it', async (t) => {
  const a = new Activation({ functions: [prepared()] })
  await a.clock.flush()
  a.reload([prepared({}, { revision: revisionId('r2') })])
  await a.clock.flush()
  t.strictSame([...a.world.entries.keys()], ['hello-2'])
  a.reload([])
  await a.clock.flush()
  t.equal(a.world.entries.size, 0)
})

t.test('prepared: one that cannot be created is tried again after a backoff', async (t) => {
  const a = new Activation({ functions: [prepared()] })
  a.world.byHand.add('create')
  await a.clock.flush()
  a.world.call('create').fail()
  await a.clock.flush()
  t.equal(a.states, '')
  t.equal(a.activator.status()[0]?.condition, 'backoff')
  await a.clock.pass(1_000)
  a.world.call('create').pass()
  await a.clock.flush()
  t.equal(a.states, 'dormant')
})

t.test('prepared: its creation gives way to a start that somebody waits for', async (t) => {
  const other = functionSpec({ id: functionId('other') })
  const a = new Activation({ functions: [prepared(), other], starts: 1 })
  a.world.byHand.add('create')
  await a.clock.flush()
  const w = a.request(other.id)
  await a.clock.flush()
  t.equal(a.world.calls[0]?.signal?.aborted, true)
  a.world.byHand.clear()
  a.world.passAll()
  await a.clock.flush()
  t.equal(w.fate, 'cold')
  t.strictSame(
    a.states.split(' ').toSorted(),
    ['dormant', 'ready'],
    'another one is created afterwards',
  )
})

t.test(
  'prepared: a creation that is given up takes no place from the start that it gave way to',
  async (t) => {
    const a = new Activation({ functions: [prepared()], starts: 1, instances: 1 })
    a.world.byHand.add('create')
    await a.clock.flush()
    a.request()
    await a.clock.flush()
    t.equal(a.states, 'stopping starting')
    t.strictSame(a.world.asked, ['prepare', 'create hello-1', 'prepare', 'create hello-2'])
  },
)

t.test(
  'prepared: a creation that is given up does not keep a minimum from coming up',
  async (t) => {
    const a = new Activation({ functions: [prepared({ min: 1 })], starts: 1, instances: 1 })
    await a.clock.flush()
    a.world.byHand.add('create')
    a.world.outside('remove', 'hello-2')
    await a.clock.flush()
    a.world.outside('remove', 'hello-1')
    await a.clock.flush()
    t.equal(a.states, 'stopping starting')
  },
)

t.test('prepared: closing while it is created leaves nothing', async (t) => {
  const a = new Activation({ functions: [prepared()] })
  a.world.byHand.add('create')
  await a.clock.flush()
  const closed = a.activator.close()
  a.world.call('create').pass()
  await a.clock.flush()
  await closed
  t.equal(a.world.entries.size, 0)
})

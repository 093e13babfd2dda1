import t from 'tap'
import type { FunctionSpec } from '../../../src/domain/function.ts'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const named = (id: string, changes: Parameters<typeof functionSpec>[0] = {}): FunctionSpec =>
  functionSpec({ ...changes, id: functionId(id) })
const [A, B, C] = ['a', 'b', 'c'].map(functionId) as [
  FunctionSpec['id'],
  FunctionSpec['id'],
  FunctionSpec['id'],
]

t.test('host: a function starved of instances starts as soon as another one sleeps', async (t) => {
  const a = new Activation({
    functions: [named('a'), named('b', { hold: { timeoutMs: 3_600_000 } })],
    instances: 1,
  })
  const first = a.request(A)
  const second = a.request(B)
  await a.clock.flush()
  t.equal(first.fate, 'cold')
  t.equal(second.fate, 'waiting')
  first.lease?.release({ k: 'done' })
  await a.clock.pass(600_000)
  t.equal(second.fate, 'cold')
  t.strictSame(a.world.alive, ['b-2'])
})

t.test('host: a minimum starved of instances is made when there is room', async (t) => {
  const a = new Activation({ functions: [named('a')], instances: 1 })
  a.request(A)
  await a.clock.flush()
  a.reload([named('a'), named('b', { instances: { min: 1, max: 1 } })])
  await a.clock.pass(60_000)
  t.strictSame(a.world.alive, ['a-1'])
  a.reload([named('a'), named('b', { instances: { min: 1, max: 1 } })], { instancesTotal: 2 })
  await a.clock.flush()
  t.strictSame(a.world.alive, ['a-1', 'b-2'])
})

t.test('host: starts that wait for a permit count against the total', async (t) => {
  const a = new Activation({
    functions: [named('a'), named('b'), named('c')],
    starts: 1,
    instances: 2,
  })
  a.world.byHand.add('start')
  const ws = [a.request(A), a.request(B), a.request(C)]
  await a.clock.flush()
  for (let i = 0; i < 2; i += 1) {
    a.world.call('start').pass()
    await a.clock.flush()
  }
  t.strictSame(a.world.alive, ['a-1', 'b-2'])
  t.strictSame(
    ws.map((w) => w.fate),
    ['cold', 'cold', 'waiting'],
  )
})

t.test(
  'host: a start that waits for a permit is cancelled when its waiters have left',
  async (t) => {
    const a = new Activation({ functions: [named('a'), named('b')], starts: 1 })
    a.world.byHand.add('start')
    a.request(A)
    await a.clock.flush()
    const left = a.request(B)
    await a.clock.flush()
    left.ticket?.leave('gone')
    await a.clock.flush()
    a.world.call('start').pass()
    await a.clock.flush()
    t.strictSame(
      a.world.asked.filter((x) => x.startsWith('create')),
      ['create a-1'],
    )
  },
)

t.test(
  'host: a start that waits for a permit is cancelled when its waiters’ time is up',
  async (t) => {
    const functions = [named('a', { start: { timeoutMs: 3_600_000 } }), named('b')]
    const a = new Activation({ functions, starts: 1 })
    a.world.byHand.add('start')
    a.request(A)
    await a.clock.flush()
    const late = a.request(B)
    await a.clock.pass(30_000)
    t.equal(late.fate, 'refused START_TIMEOUT')
    a.world.call('start').pass()
    await a.clock.flush()
    t.strictSame(
      a.world.asked.filter((x) => x.startsWith('create')),
      ['create a-1'],
    )
  },
)

t.test('host: starts are fair between functions', async (t) => {
  const many = { concurrency: 1, instances: { max: 4 }, scale: { patienceMs: 0 } }
  const a = new Activation({ functions: [named('a', many), named('b')], starts: 1 })
  a.world.byHand.add('start')
  for (let i = 0; i < 4; i += 1) a.request(A)
  await a.clock.flush()
  const other = a.request(B)
  await a.clock.flush()
  for (let i = 0; i < 3; i += 1) {
    a.world.call('start').pass()
    await a.clock.flush()
  }
  t.equal(other.fate, 'cold', 'not last in line')
})

t.test('host: when all places are taken the function that holds most gives one up', async (t) => {
  const a = new Activation({ functions: [named('a'), named('b')], waiters: 3 })
  a.world.byHand.add('start')
  const ws = [a.request(A), a.request(A), a.request(A)]
  const b = a.request(B)
  t.strictSame(
    [...ws, b].map((w) => w.fate),
    ['waiting', 'waiting', 'refused GATEWAY_FULL', 'waiting'],
  )
  t.equal(a.request(A).fate, 'refused GATEWAY_FULL', 'who holds most is refused itself')
  t.equal(a.request(B).fate, 'waiting')
  t.equal(a.request(B).fate, 'refused GATEWAY_FULL')
  await a.clock.flush()
  a.world.byHand.clear()
  a.world.passAll()
  await a.clock.flush()
  t.equal(ws[0]?.fate, 'cold')
  t.equal(b.fate, 'cold')
})

t.test('host: a request that is refused anyway takes no place from anybody', async (t) => {
  const a = new Activation({ functions: [named('a'), named('b')], waiters: 1 })
  a.world.byHand.add('start')
  a.request(B)
  await a.clock.flush()
  a.world.call('start').fail()
  await a.clock.flush()
  const held = a.request(A)
  t.equal(a.request(B).fate, 'refused START_BACKOFF')
  t.equal(held.fate, 'waiting')
})

t.test('host: one function holds at most what it may', async (t) => {
  const a = new Activation({ functions: [named('a', { hold: { waiters: 2 } })] })
  const ws = [a.request(A), a.request(A), a.request(A)]
  t.strictSame(
    ws.map((w) => w.fate),
    ['waiting', 'waiting', 'refused QUEUE_FULL'],
  )
  t.equal(ws[2]?.refusal?.retryAfterMs, 1_000)
})

t.test(
  'host: a failed start takes along the others that wait for a permit, and fails their waiters',
  async (t) => {
    const fn = named('a', { concurrency: 1, instances: { max: 2 } })
    const a = new Activation({ functions: [fn], starts: 1 })
    a.world.byHand.add('start')
    const ws = [a.request(A), a.request(A)]
    await a.clock.pass(1_000)
    a.world.call('start').fail()
    await a.clock.flush()
    t.strictSame(
      ws.map((w) => w.fate),
      ['refused START_FAILED', 'refused START_FAILED'],
    )
    t.equal(a.world.asked.filter((x) => x.startsWith('create')).length, 1)
  },
)

t.test(
  'host: an old revision that takes the only place gives it up when it falls idle',
  async (t) => {
    const a = new Activation({ functions: [named('a')], instances: 1 })
    const w = a.request(A)
    await a.clock.flush()
    w.lease?.release({ k: 'done' })
    a.reload([named('a', { revision: revisionId('r2') })])
    await a.clock.pass(60_000)
    t.strictSame(a.world.alive, [])
    const next = a.request(A)
    await a.clock.flush()
    t.equal(next.fate, 'cold')
  },
)

import t from 'tap'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const KEPT = functionSpec({ instances: { min: 1, max: 2 } })

t.test('minimum: is made without a request and kept through idle', async (t) => {
  const a = new Activation({ functions: [KEPT] })
  await a.clock.flush()
  t.equal(a.states, 'ready')
  await a.clock.pass(86_400_000)
  t.equal(a.states, 'ready')
  t.ok(a.world.asked.every((asked) => !asked.startsWith('pause')))
})

t.test('minimum: the idle timer of the last one fires once a round, not in a loop', async (t) => {
  const a = new Activation({ functions: [KEPT] })
  await a.clock.flush()
  await a.clock.pass(30_000)
  t.ok(a.clock.next > 30_000)
})

t.test('minimum: what is above it falls idle', async (t) => {
  const fn = functionSpec({ concurrency: 1, instances: { min: 1, max: 2 } })
  const a = new Activation({ functions: [fn] })
  await a.clock.flush()
  const first = a.request()
  const second = a.request()
  await a.clock.pass(1_000)
  t.equal(a.states, 'ready ready')
  for (const w of [first, second]) w.lease?.release({ k: 'done' })
  await a.clock.pass(600_000)
  t.same(a.states.split(' ').sort(), ['dormant', 'ready'])
})

t.test('minimum: one that crashes is started again, a young one after a backoff', async (t) => {
  const a = new Activation({ functions: [KEPT] })
  await a.clock.pass(10_000)
  a.world.outside('exit', 'hello-1')
  await a.clock.flush()
  t.equal(a.states, 'ready', 'after a while of work it is started at once')
  a.world.outside('exit', 'hello-1')
  await a.clock.flush()
  t.equal(a.states, 'dormant')
  t.equal(a.activator.status()[0]?.condition, 'backoff')
  await a.clock.pass(999)
  t.equal(a.states, 'dormant')
  await a.clock.pass(1)
  t.equal(a.states, 'ready')
})

t.test('minimum: a reload that raises it starts, one that lowers it lets fall idle', async (t) => {
  const a = new Activation()
  await a.clock.pass(1_000)
  t.equal(a.states, '')
  a.reload([KEPT])
  await a.clock.flush()
  t.equal(a.states, 'ready')
  a.reload([functionSpec()])
  await a.clock.pass(30_000)
  t.equal(a.states, 'paused')
})

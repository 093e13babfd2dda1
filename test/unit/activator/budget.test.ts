import t from 'tap'
import type { FunctionSpec } from '../../../src/domain/function.ts'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import { Activation, type FakeWaiter } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const named = (id: string, changes: Parameters<typeof functionSpec>[0] = {}): FunctionSpec =>
  functionSpec({ hold: { timeoutMs: 3_600_000 }, ...changes, id: functionId(id) })
const id = functionId
const done = (w: FakeWaiter): void => w.lease?.release({ k: 'done' })
const aliveOf = (a: Activation): string[] =>
  a.world.alive.map((handle) => handle.split('-')[0] ?? '')

/** Requests one function after the other, each answered and over before the next. */
async function ask(a: Activation, ...names: string[]): Promise<void> {
  for (const name of names) {
    const w = a.request(id(name))
    await a.clock.pass(1_000)
    if (!w.lease) throw new Error(`${name} was not served: ${w.fate}`)
    done(w)
  }
}

t.test('budget: an idle instance ends for one that is wanted', async (t) => {
  const a = new Activation({ functions: [named('a'), named('b')], instances: 1 })
  await ask(a, 'a', 'b', 'a')
  t.strictSame(aliveOf(a), ['a'])
})

t.test('budget: an idle instance of an old revision ends for another function too', async (t) => {
  const a = new Activation({ functions: [named('a'), named('b')], instances: 1 })
  await ask(a, 'a')
  a.reload([named('a', { revision: revisionId('r2') }), named('b')])
  await a.clock.flush()
  t.strictSame(aliveOf(a), ['a'], 'for its own new revision it does not end')
  await ask(a, 'b')
  t.strictSame(aliveOf(a), ['b'])
})

t.test('budget: an instance in use is never ended, and who waits gets it afterwards', async (t) => {
  const a = new Activation({ functions: [named('a'), named('b')], instances: 1 })
  const first = a.request(id('a'))
  await a.clock.flush()
  const second = a.request(id('b'))
  await a.clock.pass(60_000)
  t.equal(second.fate, 'waiting')
  t.strictSame(aliveOf(a), ['a'])
  done(first)
  await a.clock.pass(30_000)
  t.equal(second.fate, 'cold', 'as soon as it falls idle, or is looked at again')
})

t.test('budget: paused ones go before ready ones, the one used longest ago first', async (t) => {
  const functions = [
    named('a', { idle: { pauseAfterMs: Infinity } }),
    named('b'),
    named('c'),
    named('d'),
  ]
  const a = new Activation({ functions, instances: 3 })
  await ask(a, 'a', 'b', 'c')
  await a.clock.pass(60_000)
  await ask(a, 'd')
  t.strictSame(aliveOf(a), ['a', 'c', 'd'])
})

t.test('budget: the lowest priority goes first', async (t) => {
  const functions = [
    named('a', { priority: 1 }),
    named('b'),
    named('c', { priority: -1 }),
    named('d'),
  ]
  const a = new Activation({ functions, instances: 3 })
  await ask(a, 'a', 'b', 'c', 'd', 'b')
  t.strictSame(aliveOf(a), ['a', 'b', 'd'])
})

t.test('budget: a minimum is not ended, also for a function of a higher priority', async (t) => {
  const kept = named('a', { instances: { min: 1, max: 1 } })
  const functions = [kept, named('b', { priority: 9, hold: { timeoutMs: 5_000 } })]
  const a = new Activation({ functions, instances: 1 })
  await a.clock.flush()
  const w = a.request(id('b'))
  await a.clock.pass(4_999)
  t.equal(w.fate, 'waiting')
  await a.clock.pass(1)
  t.equal(w.fate, 'refused HOST_FULL')
  t.strictSame(aliveOf(a), ['a'])
})

t.test('budget: a spare makes no room for itself, and gives its own up', async (t) => {
  const functions = [named('a', { instances: { max: 2, spare: 1 } }), named('b')]
  const a = new Activation({ functions, instances: 1 })
  await a.clock.pass(1_000)
  t.strictSame(aliveOf(a), ['a'])
  const w = a.request(id('b'))
  await a.clock.flush()
  t.equal(w.fate, 'cold')
  await a.clock.pass(60_000)
  t.strictSame(aliveOf(a), ['b'], 'what is in use stays')
  done(w)
  await a.clock.pass(60_000)
  t.strictSame(aliveOf(a), ['b'], 'what is idle stays')
})

t.test('budget: memory is counted by the limits, and as many end as it takes', async (t) => {
  const image = (name: string, memory: number) =>
    named(name, { spec: { ...IMAGE, memory } as FunctionSpec['spec'] })
  const functions = [image('a', 40), image('b', 40), image('c', 20), image('big', 80)]
  const a = new Activation({ functions, host: { memoryTotal: 100 } })
  await ask(a, 'a', 'b', 'c', 'big')
  t.strictSame(aliveOf(a), ['c', 'big'])
})

const IMAGE = { k: 'image', image: 'x', listening: { k: 'port', port: 1 } }

t.test('budget: with refuse, a request is turned away when nothing can go', async (t) => {
  const functions = [named('a'), named('b')]
  const a = new Activation({ functions, instances: 1, host: { whenFull: 'refuse' } })
  const first = a.request(id('a'))
  await a.clock.flush()
  const second = a.request(id('b'))
  await a.clock.flush()
  t.equal(second.fate, 'refused HOST_FULL')
  t.equal(second.refusal?.retryAfterMs, 1_000)
  done(first)
  const third = a.request(id('b'))
  await a.clock.flush()
  t.equal(third.fate, 'cold', 'what is idle goes')
})

t.test('budget: freed room goes to the oldest waiter', async (t) => {
  const functions = ['a', 'b', 'c', 'd'].map((name) => named(name))
  const a = new Activation({ functions, instances: 1 })
  const first = a.request(id('a'))
  await a.clock.pass(10)
  const order: string[] = []
  const ws = []
  for (const name of ['c', 'b', 'd']) {
    ws.push([name, a.request(id(name))] as const)
    await a.clock.pass(10)
  }
  done(first)
  for (let round = 0; round < 4; round += 1) {
    await a.clock.pass(60_000)
    for (const [name, w] of ws)
      if (w.lease && !order.includes(name)) {
        order.push(name)
        done(w)
      }
  }
  t.strictSame(order, ['c', 'b', 'd'])
})

t.test('budget: a younger waiter does not take what an older one waits for', async (t) => {
  const image = (name: string, memory: number) =>
    named(name, { spec: { ...IMAGE, memory } as FunctionSpec['spec'] })
  const functions = [image('a', 60), image('b', 30), image('big', 80), image('small', 10)]
  const a = new Activation({ functions, host: { memoryTotal: 100 } })
  const [first, second] = [a.request(id('a')), a.request(id('b'))]
  await a.clock.pass(10)
  const big = a.request(id('big'))
  await a.clock.pass(10)
  const small = a.request(id('small'))
  await a.clock.flush()
  t.equal(small.fate, 'waiting')
  done(first)
  done(second)
  await a.clock.pass(1_000)
  t.strictSame([big.fate, small.fate], ['cold', 'cold'])
})

t.test('budget: fifty functions are served by a host with room for five', async (t) => {
  const names = Array.from({ length: 50 }, (_, i) => `f${i}`)
  const a = new Activation({
    functions: names.map((name) => named(name)),
    instances: 5,
    starts: 2,
    waiters: 150,
  })
  let most = 0
  const waiting = new Map<string, FakeWaiter>()
  for (let round = 0; round < 3; round += 1)
    for (const name of names) waiting.set(`${name} ${round}`, a.request(id(name)))
  for (let step = 0; waiting.size > 0 && step < 1_000; step += 1) {
    await a.clock.pass(100)
    most = Math.max(most, a.world.alive.length)
    for (const [key, w] of waiting) {
      if (!w.lease) continue
      done(w)
      waiting.delete(key)
    }
  }
  t.equal(waiting.size, 0, 'everybody is served')
  t.equal(most, 5)
})

t.test('budget: what is taken and who waits for room can be told', async (t) => {
  const functions = [named('a'), named('b')]
  const a = new Activation({ functions, instances: 1 })
  const first = a.request(id('a'))
  await a.clock.flush()
  a.request(id('b'))
  await a.clock.pass(1_000)
  t.match(a.activator.budget(), { instances: 1, instancesMax: 1, waiting: 1 })
  t.notOk('memoryMaxBytes' in a.activator.budget(), 'no bound, no number')
  done(first)
  await a.clock.pass(30_000)
  t.match(a.activator.budget(), { instances: 1, waiting: 0 })
  a.reload(functions, { memoryTotal: 4 })
  t.match(a.activator.budget(), { memoryBytes: 1, memoryMaxBytes: 4 })
})

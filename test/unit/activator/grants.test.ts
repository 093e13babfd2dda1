import t from 'tap'
import type { Lease, Waiter } from '../../../src/domain/admission.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const HELLO = functionSpec().id

t.test('grants: a burst is granted over several turns, each of bounded length', async (t) => {
  const burst = LIMITS.grantsPerTurnMax * 2 + 1
  const fn = functionSpec({ concurrency: Infinity, hold: { waiters: burst } })
  const a = new Activation({ functions: [fn], waiters: burst })
  a.world.byHand.add('ready')
  const ws = Array.from({ length: burst }, () => a.request())
  await a.clock.flush()
  const granted = (): number => ws.filter((w) => w.lease).length
  const perTurn: number[] = []
  a.world.passAll()
  for (let i = 0; i < 12; i += 1) await Promise.resolve()
  perTurn.push(granted())
  while (a.clock.turns > 0) {
    a.clock.run(1)
    perTurn.push(granted())
  }
  t.strictSame(perTurn, [256, 512, 513])
})

t.test('grants: a waiter that throws harms nobody else', async (t) => {
  const a = new Activation({ functions: [functionSpec({ concurrency: 1 })] })
  const told: string[] = []
  a.events.subscribe({ event: (e) => void (e.k === 'notice' && told.push(e.message)) })
  const broken: Waiter = {
    granted: () => {
      throw new Error('a bug')
    },
    refused: () => {
      throw new Error('another bug')
    },
  }
  a.activator.hold(HELLO, broken)
  const next = a.request()
  await a.clock.flush()
  t.equal(next.fate, 'cold')
  t.equal(a.activator.status()[0]?.inFlight, 1, 'the lease was given back')
  t.match(told, [/a bug/])
  a.activator.hold(HELLO, broken)
  const last = a.request()
  void a.activator.close()
  t.equal(last.fate, 'refused CLOSING')
})

t.test('grants: one that gives its lease back and then throws gives it back once', async (t) => {
  const a = new Activation()
  a.activator.hold(HELLO, {
    granted: (lease: Lease) => {
      lease.release({ k: 'unused' })
      throw new Error('a bug')
    },
    refused: () => undefined,
  })
  await a.clock.flush()
  t.equal(a.activator.status()[0]?.inFlight, 0)
  t.equal(a.request().fate, 'warm')
})

t.test(
  'grants: no lease is taken from an instance in the turn in which it leaves ready',
  async (t) => {
    const a = new Activation()
    a.request()
    await a.clock.pass(10_000)
    let fate = ''
    const { close } = a.contract
    a.contract.close = (run, which) => {
      close.call(a.contract, run, which)
      fate = a.request().fate
    }
    a.world.outside('exit', 'hello-1')
    t.equal(fate, 'waiting')
    await a.clock.flush()
  },
)

t.test('closing: those who wait are refused, and starts that are out are undone', async (t) => {
  const a = new Activation()
  a.world.byHand.add('start')
  const w = a.request()
  await a.clock.flush()
  const closed = a.activator.close()
  t.equal(w.fate, 'refused CLOSING')
  a.world.byHand.clear()
  a.world.passAll()
  await a.clock.flush()
  await closed
  t.equal(a.world.entries.size, 0)
  t.equal(a.clock.armed, 0)
})

t.test('closing: instances of a runtime that keeps them are left as they are', async (t) => {
  const a = new Activation()
  a.request()
  await a.clock.flush()
  await a.activator.close(new Set(['process']))
  t.strictSame(a.world.alive, ['hello-1'])
})

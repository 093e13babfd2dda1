import t from 'tap'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { FakeWorld } from '../../support/fake-world.ts'
import { functionSpec } from '../../support/function-spec.ts'

const OLD = functionSpec({ revision: revisionId('r0') })

/** An activation that begins in a world where an earlier gateway left something. */
function after(
  phase: 'created' | 'running' | 'paused' | 'exited',
  fn = functionSpec(),
  functions = [functionSpec()],
): Activation {
  const world = new FakeWorld({ adopt: true })
  world.found('left-1', fn, phase)
  return new Activation({ world, functions })
}

t.test('adoption: one that runs is probed and serves on', async (t) => {
  const a = after('running')
  await a.clock.flush()
  t.strictSame(a.log, ['left-1 probing', 'left-1 ready'])
  t.equal(a.request().fate, 'warm')
  t.strictSame(a.world.alive, ['left-1'])
})

t.test(
  'adoption: a paused one stays paused and is resumed for a request, probed first',
  async (t) => {
    const a = after('paused')
    await a.clock.flush()
    t.equal(a.states, 'paused')
    const w = a.request()
    await a.clock.flush()
    t.equal(w.fate, 'resumed')
    t.ok(a.world.asked.includes('ready left-1'), 'it was never seen ready here')
  },
)

t.test('adoption: one that has exited or was never started is started for a request', async (t) => {
  for (const phase of ['exited', 'created'] as const) {
    const a = after(phase)
    await a.clock.flush()
    t.equal(a.states, 'dormant', phase)
    const w = a.request()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
    t.strictSame(a.world.alive, ['left-1'])
    t.ok(a.world.asked.every((x) => !x.startsWith('create')))
  }
})

t.test('adoption: an old end told again does not hit the new start', async (t) => {
  const a = after('exited')
  a.world.byHand.add('start')
  const w = a.request()
  await a.clock.flush()
  a.world.relist()
  await a.clock.flush()
  t.equal(a.states, 'starting')
  a.world.call('start').pass()
  await a.clock.flush()
  t.equal(w.fate, 'cold')
})

t.test('adoption: a stale revision serves until the new one is ready', async (t) => {
  const a = after('running', OLD)
  a.world.byHand.add('start')
  await a.clock.flush()
  t.equal(a.states, 'ready starting')
  const w = a.request()
  t.equal(w.fate, 'warm')
  a.world.call('start').pass()
  await a.clock.flush()
  t.equal(a.states, 'draining ready')
  w.lease?.release({ k: 'done' })
  await a.clock.flush()
  t.equal(a.states, 'ready')
  t.strictSame([...a.world.entries.keys()], ['hello-1'])
})

t.test('adoption: a stale revision that serves nobody is removed', async (t) => {
  for (const phase of ['paused', 'exited', 'created'] as const) {
    const a = after(phase, OLD)
    await a.clock.flush()
    t.equal(a.states, '', phase)
    t.equal(a.world.entries.size, 0, phase)
  }
})

t.test('adoption: one whose function is gone is stopped and removed, once', async (t) => {
  const stray = functionSpec({ id: functionId('gone') })
  for (const phase of ['running', 'paused', 'exited', 'created'] as const) {
    const a = after(phase, stray)
    await a.clock.flush()
    t.equal(a.world.entries.size, 0, phase)
    t.strictSame(a.world.asked, ['stop left-1', 'remove left-1'], phase)
    t.equal(a.states, '')
  }
})

t.test('adoption: nothing is started before the world has told what is there', async (t) => {
  const world = new FakeWorld({ adopt: true })
  world.facts = 'lost'
  const a = new Activation({ world, functions: [functionSpec({ instances: { min: 1 } })] })
  const w = a.request()
  await a.clock.pass(2_000)
  t.equal(w.fate, 'waiting')
  t.strictSame(world.asked, [])
  world.facts = 'now'
  world.found('left-1', functionSpec(), 'running')
  world.tell({ k: 'synced' })
  await a.clock.flush()
  t.equal(w.fate, 'queued')
  t.strictSame(world.alive, ['left-1'])
})

t.test('adoption: more than max are all taken over, and none is started', async (t) => {
  const world = new FakeWorld({ adopt: true })
  for (const handle of ['left-1', 'left-2']) world.found(handle, functionSpec(), 'running')
  const a = new Activation({ world })
  await a.clock.flush()
  t.equal(a.states, 'ready ready')
  await a.clock.pass(600_000)
  t.equal(a.states, 'dormant dormant')
})

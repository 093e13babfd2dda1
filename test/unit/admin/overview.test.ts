import t from 'tap'

import { Overview } from '../../../src/admin/overview.ts'
import type { GatewayStatus } from '../../../src/admin/status.ts'
import { instanceId, revisionId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import type { FunctionStatus } from '../../../src/domain/status.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { BUDGET, functionStatus } from './fake-source.ts'

const id = instanceId('a-1')
const instance = (ageMs: number): FunctionStatus['instances'][number] => ({
  id,
  state: 'ready',
  revision: revisionId('r1'),
  ageMs,
  inFlight: 0,
  lastUsedMs: undefined,
  endpoint: undefined,
  run: undefined,
})

function setup() {
  const clock = new FakeClock()
  const world = {
    functions: [functionStatus('a'), functionStatus('b')],
    looks: 0,
    memory: new Map<string, number>(),
  }
  const about = {
    version: '1',
    startedAt: 0,
    config: '/g.yaml',
    ready: true,
    runtimes: [],
    budget: BUDGET,
  }
  const overview = new Overview({
    clock,
    status: (): GatewayStatus => {
      world.looks += 1
      return { ...about, functions: world.functions }
    },
    recent: () => undefined,
    memory: { of: (instance) => world.memory.get(instance), refresh: () => undefined },
  })
  const later = () => clock.advance(LIMITS.overviewMs)
  return { overview, world, later }
}

const idsOf = (answer: ReturnType<Overview['since']>) => answer.changed.map((row) => row.id)

t.test('overview: the first look has everything, later ones what changed', async (t) => {
  const { overview, world, later } = setup()
  const first = overview.since(undefined, false)
  t.strictSame(idsOf(first), ['a', 'b'])
  later()
  t.strictSame(idsOf(overview.since(first.revision, false)), [])
  later()
  world.functions = [functionStatus('a', { inFlight: 1 }), functionStatus('b')]
  const next = overview.since(first.revision, false)
  t.strictSame(idsOf(next), ['a'])
  t.strictSame(next.ids, ['a', 'b'])
  t.strictSame(idsOf(overview.since(next.revision, false)), [])
  t.strictSame(
    idsOf(overview.since(first.revision, false)),
    ['a'],
    'another reader is further back',
  )
})

t.test('overview: a revision of another process, or nonsense, is none', async (t) => {
  const { overview } = setup()
  for (const since of ['zz-1', 'x', '', '1-', `${overview.since(undefined, false).revision}x`])
    t.equal(overview.since(since, false).changed.length, 2, since)
})

t.test('overview: what only grows older has not changed', async (t) => {
  const { overview, world, later } = setup()
  world.functions = [functionStatus('a', { instances: [instance(10_000)] })]
  const { revision } = overview.since(undefined, false)
  later()
  world.functions = [functionStatus('a', { instances: [instance(10_000 + LIMITS.overviewMs)] })]
  t.strictSame(idsOf(overview.since(revision, false)), [])
})

t.test('overview: many who ask at once are one look', async (t) => {
  const { overview, world, later } = setup()
  for (let i = 0; i < 10; i += 1) overview.since(undefined, false)
  t.equal(world.looks, 1)
  later()
  overview.since(undefined, false)
  t.equal(world.looks, 2)
})

t.test('overview: memory is shown as soon as it was read', async (t) => {
  const { overview, world, later } = setup()
  world.functions = [functionStatus('a', { instances: [instance(0)] })]
  const { revision, changed } = overview.since(undefined, false)
  t.equal(changed[0]?.instances[0]?.memoryBytes, undefined)
  world.memory.set(id, 5)
  later()
  t.equal(overview.since(revision, false).changed[0]?.instances[0]?.memoryBytes, 5)
})

t.test('overview: a function that is gone is in no list', async (t) => {
  const { overview, world, later } = setup()
  const { revision } = overview.since(undefined, false)
  later()
  world.functions = [functionStatus('b')]
  const next = overview.since(revision, false)
  t.strictSame(next.ids, ['b'])
  t.strictSame(idsOf(next), [])
})

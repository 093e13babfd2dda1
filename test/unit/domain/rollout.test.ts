import t from 'tap'
import {
  type RolloutInstance,
  blocking,
  changedFunctions,
  mustMake,
  shouldRetire,
} from '../../../src/domain/rollout.ts'
import type { State } from '../../../src/domain/state.ts'
import { functionSpec } from '../../support/function-spec.ts'

const old = (state: State): RolloutInstance => ({ state, current: false })
const current = (state: State): RolloutInstance => ({ state, current: true })

type Row = readonly [
  who: RolloutInstance,
  others: readonly RolloutInstance[],
  rollout: 'overlap' | 'replace',
  retires: boolean,
]

const RETIRE: readonly Row[] = [
  [current('ready'), [current('ready')], 'overlap', false],
  [current('ready'), [], 'replace', false],
  [old('ready'), [], 'overlap', false],
  [old('ready'), [current('starting')], 'overlap', false],
  [old('ready'), [current('probing')], 'overlap', false],
  [old('ready'), [old('ready')], 'overlap', false],
  [old('ready'), [current('ready')], 'overlap', true],
  [old('probing'), [], 'overlap', false],
  [old('starting'), [current('ready')], 'overlap', true],
  [old('resuming'), [], 'overlap', false],
  [old('pausing'), [], 'overlap', true],
  [old('paused'), [], 'overlap', true],
  [old('dormant'), [], 'overlap', true],
  [old('draining'), [current('ready')], 'overlap', false],
  [old('stopping'), [current('ready')], 'overlap', false],
  [old('stopped'), [current('ready')], 'overlap', false],
  [old('ready'), [], 'replace', true],
  [old('starting'), [], 'replace', true],
  [old('draining'), [], 'replace', false],
]

t.test(
  'rollout: an old instance retires when a current one is ready, or when it serves nobody',
  async (t) => {
    for (const [who, others, rollout, retires] of RETIRE)
      t.equal(
        shouldRetire(who, [who, ...others], rollout),
        retires,
        `${who.current ? 'current' : 'old'} ${who.state}, ${rollout}, ${others.length} others`,
      )
  },
)

t.test('rollout: a new one is made ahead of demand only while an old one serves', async (t) => {
  for (const state of ['ready', 'probing', 'starting', 'resuming'] as const)
    t.equal(mustMake([old(state)], 'overlap'), true, state)
  for (const state of ['pausing', 'paused', 'dormant', 'draining', 'stopping', 'stopped'] as const)
    t.equal(mustMake([old(state)], 'overlap'), false, state)
  t.equal(mustMake([current('ready')], 'overlap'), false)
  t.equal(mustMake([old('ready')], 'replace'), false)
  t.equal(mustMake([], 'overlap'), false)
})

t.test(
  'rollout: where two must not run at once, every old one that runs is in the way',
  async (t) => {
    const all = [old('ready'), old('draining'), old('stopping'), old('dormant'), old('stopped')]
    t.equal(blocking(all, 'replace'), 3)
    t.equal(blocking(all, 'overlap'), 0)
    t.equal(blocking([current('ready')], 'replace'), 0)
  },
)

t.test('rollout: new, gone and changed functions are named', async (t) => {
  const fn = (id: string, revision: string) => functionSpec({ id, revision })
  t.strictSame(
    changedFunctions(
      [fn('same', 'r1'), fn('changed', 'r1'), fn('gone', 'r1')],
      [fn('same', 'r1'), fn('changed', 'r2'), fn('new', 'r1')],
    ),
    ['changed', 'new', 'gone'],
  )
})

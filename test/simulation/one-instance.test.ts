import t from 'tap'
import { TABLE } from '../../src/domain/lifecycle.ts'
import { type Step, explore, uncovered } from './exploration.ts'

const UP: readonly Step[] = ['request', 'request', 'pass create', 'pass start', 'pass ready']
const TUNNEL: readonly Step[] = [
  'request',
  'pass create',
  'pass start',
  'pass ready',
  'touch',
  'time',
]

const ROOTS: readonly (readonly Step[])[] = [
  [],
  UP,
  [...UP, 'refuse', 'refuse'],
  [...UP, 'release', 'refuse'],
  [...UP, 'release', 'release', 'time'],
  [...UP, 'release', 'release', 'time', 'pass pause'],
  [...UP, 'refuse', 'request', 'refuse'],
  TUNNEL,
  [...TUNNEL, 'time'],
  [...TUNNEL, 'time', 'pass pause'],
  [...UP, 'drain'],
  ['request', 'pass create', 'drain', 'time', 'time', 'time', 'time', 'time'],
]

t.test('life cycle: every order of events of one instance keeps the promises', async (t) => {
  const found = await explore({ roots: ROOTS, depthMax: 5 })
  t.comment(`${found.states} states, ${found.steps} steps`)
  t.equal(found.failure, undefined, 'no order of events breaks a promise')
  const missing = uncovered(TABLE, found.seen)
  t.strictSame(missing, [], 'every row of the table was met')
})

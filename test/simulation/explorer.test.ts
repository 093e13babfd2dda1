import t from 'tap'
import { TABLE } from '../../src/domain/lifecycle.ts'
import { crowded } from './crowd.ts'
import { explore } from './exploration.ts'
import { PLAN } from './plan.ts'
import { type RowName, observed, rowNames } from './rows.ts'

/** What one function alone never meets. */
const CROWDS = 20

t.test('life cycle: no order of events breaks a promise, and every row is met', async (t) => {
  const met = new Set<RowName>()
  for (const [name, bounds] of Object.entries(PLAN)) {
    const found = await explore(bounds)
    t.equal(found.broken, undefined, name)
    t.comment(`${name}: ${found.states} states, ${found.steps} steps`)
    for (const row of found.met.keys()) met.add(row)
  }
  const table = observed(TABLE, (row) => met.add(row))
  for (let seed = 1; seed <= CROWDS; seed += 1) await crowded(seed, table)
  const rows = rowNames(TABLE)
  t.comment(`${met.size} of ${rows.length} rows of state × event were met`)
  t.strictSame(
    rows.filter((row) => !met.has(row)),
    [],
    'every row was met',
  )
})

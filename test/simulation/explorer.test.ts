import t from 'tap'
import { TABLE } from '../../src/domain/lifecycle.ts'
import type { State } from '../../src/domain/state.ts'
import { thronged } from './crowd.ts'
import { explored, extentOf } from './expedition.ts'
import { told } from './finding.ts'
import { type RowName, observed, rowNames } from './rows.ts'

/** What one function alone never meets. */
const CROWDS = 20

/** Also where the machine has other things to do. */
t.setTimeout(280_000)

t.test('life cycle: no order of events breaks a promise, and every row is met', async (t) => {
  const met = new Map<RowName, number>()
  const meet = (row: RowName, times = 1): void => void met.set(row, (met.get(row) ?? 0) + times)
  for (const found of await explored(false)) {
    const { name, broken } = found
    t.notOk(broken, broken ? told(broken) : name)
    t.comment(extentOf(found))
    for (const [row, times] of found.met) meet(row, times)
  }
  const table = observed(TABLE, meet)
  for (let seed = 1; seed <= CROWDS; seed += 1) await thronged(seed, table)
  const rows = rowNames(TABLE)
  t.comment(`${met.size} of ${rows.length} rows of state × event were met, each so often:`)
  for (const state of Object.keys(TABLE) as State[]) t.comment(coverageOf(state, rows, met))
  t.strictSame(
    rows.filter((row) => !met.has(row)),
    [],
    'every row was met',
  )
})

function coverageOf(state: State, rows: readonly RowName[], met: ReadonlyMap<RowName, number>) {
  const own = rows.filter((row) => row.startsWith(`${state} × `))
  const told = own.map((row) => `${row.slice(state.length + 3)} ${met.get(row) ?? 0}`)
  return `${state}: ${told.join(', ')}`
}

/** The rows of the life-cycle table by name, and a table that tells which of them apply. */

import type { Row, Table } from '../../src/domain/lifecycle.ts'
import type { EventName, State } from '../../src/domain/state.ts'

/** A row of the table by name: `ready × IdleExpired #1`. */
export type RowName = string

export const rowName = (state: string, event: string, index: number): RowName =>
  `${state} × ${event} #${index}`

/** All rows of the table. */
export const rowNames = (table: Table): RowName[] =>
  Object.entries(table).flatMap(([state, events]) =>
    Object.entries(events).flatMap(([event, rows]) => rows.map((_, i) => rowName(state, event, i))),
  )

/** The same table, in which every row tells when it is the one that applies. */
export function observed(table: Table, seen: (row: RowName) => void): Table {
  const watch = (state: string, event: string, row: Row, index: number): Row => ({
    // Copied one by one: spreading would ask a row that is observed already.
    ...(row.when && { when: row.when }),
    ...(row.do && { do: row.do }),
    get to() {
      seen(rowName(state, event, index))
      return row.to
    },
  })
  const states = Object.entries(table).map(([state, events]) => [
    state as State,
    Object.fromEntries(
      Object.entries(events).map(([event, rows]) => [
        event as EventName,
        rows.map((row, i) => watch(state, event, row, i)),
      ]),
    ),
  ])
  return Object.fromEntries(states) as Table
}

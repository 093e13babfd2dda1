/** Every small mistake that the life-cycle table or a limit could have, each to be found by a promise that it breaks. */

import type { Effect, Row, Table, Target } from '../../src/domain/lifecycle.ts'
import { type EventName, STATES, type State } from '../../src/domain/state.ts'
import { LIMIT_PROMISES } from './limit-promises.ts'
import { type RowName, rowName } from './rows.ts'
import type { Setting } from './setting.ts'
import { LIMITS } from './true-limits.ts'

export interface Mutant {
  /** `ready × Exited #0: without 'note failure'`. */
  readonly name: string
  readonly table: Table
  /** The row that is wrong, where one is, and the others of its pair of state and event. */
  readonly rows: readonly RowName[]
  /** What the activator is told that differs from the setting by one. */
  readonly told?: (setting: Setting) => Partial<Setting>
  /** Limits of the code that are others. */
  readonly limits?: Partial<Record<keyof typeof LIMITS, unknown>>
}

const TARGETS: readonly Target[] = [...(Object.keys(STATES) as State[]), 'ended']

interface Place {
  readonly state: State
  readonly event: EventName
  readonly index: number
  readonly row: Row
}

const places = (table: Table): Place[] =>
  (Object.keys(table) as State[]).flatMap((state) =>
    (Object.keys(table[state]) as EventName[]).flatMap((event) =>
      (table[state][event] ?? []).map((row, index) => ({ state, event, index, row })),
    ),
  )

/** The table with other rows in the place of one. */
function replaced(table: Table, { state, event, index }: Place, by: readonly Row[]): Table {
  const rows = (table[state][event] ?? []).toSpliced(index, 1, ...by)
  const { [event]: _, ...others } = table[state]
  return { ...table, [state]: rows.length > 0 ? { ...others, [event]: rows } : others }
}

const swapped = (effects: readonly Effect[], at: number): Effect[] =>
  effects.map((effect, i) => effects[i === at ? at + 1 : i === at + 1 ? at : i] ?? effect)

/** What can be wrong with one row: what, and the rows in its place. */
function mistakes({ row }: Place): [what: string, rows: readonly Row[]][] {
  const effects = row.do ?? []
  const { when: _, ...unconditional } = row
  return [
    ['deleted', []],
    ...(row.when ? [['without its condition', [unconditional]] as [string, Row[]]] : []),
    ...TARGETS.filter((to) => to !== row.to).map((to): [string, Row[]] => [
      `to ${to}`,
      [{ ...row, to }],
    ]),
    ...effects.map((effect, i): [string, Row[]] => [
      `without '${effect}'`,
      [{ ...row, do: effects.toSpliced(i, 1) }],
    ]),
    ...effects
      .slice(1)
      .map((effect, i): [string, Row[]] => [
        `'${effect}' before '${effects[i]}'`,
        [{ ...row, do: swapped(effects, i) }],
      ]),
  ]
}

/** Rows deleted, targets changed, conditions and effects dropped, effects swapped: each alone. */
const tableMutants = (table: Table): Mutant[] =>
  places(table).flatMap((place) => {
    const { state, event, index } = place
    const row = rowName(state, event, index)
    const others = (table[state][event] ?? []).map((_, i) => rowName(state, event, i))
    return mistakes(place).map(([what, by]) => ({
      name: `${row}: ${what}`,
      table: replaced(table, place, by),
      rows: [row, ...others.filter((name) => name !== row)],
    }))
  })

/** Every limit of the operator's one too high and one too low. */
const limitMutants = (table: Table): Mutant[] =>
  LIMITED.flatMap(({ limit, least }) =>
    [1, -1].map((by) => ({
      name: `${limit} ${by > 0 ? 'one too high' : 'one too low'}`,
      table,
      rows: [],
      told: (setting: Setting) => ({ [limit]: Math.max(least, setting[limit] + by) }),
    })),
  )

const LIMITED = [
  { limit: 'max', least: 1 },
  { limit: 'min', least: 0 },
  { limit: 'spare', least: 0 },
  { limit: 'prepared', least: 0 },
  { limit: 'concurrency', least: 1 },
  { limit: 'instancesTotal', least: 1 },
  { limit: 'starts', least: 1 },
  { limit: 'waiters', least: 1 },
  { limit: 'waitersTotal', least: 1 },
] as const

/**
 * Every limit of the life cycle wrong: counts by one; times, which no order of events tells apart by a millisecond, by
 * half and by as much again, as a wrong unit or a forgotten factor would have it.
 */
const constantMutants = (table: Table): Mutant[] => [
  ...(Object.keys(LIMIT_PROMISES) as (keyof typeof LIMITS)[]).flatMap((name) => {
    const value = LIMITS[name]
    if (typeof value !== 'number') return []
    const wrong = name.endsWith('Ms') ? [value * 2, value / 2] : [value + 1, value - 1]
    return wrong.map((by) => constantMutant(table, name, by))
  }),
  ...[1, -1].map((by) => autoHold(table, 'factor', LIMITS.autoHold.factor + by)),
  ...[2, 0.5].map((by) => autoHold(table, 'minMs', LIMITS.autoHold.minMs * by)),
]

const constantMutant = (table: Table, name: keyof typeof LIMITS, value: number): Mutant => ({
  name: `${name}: ${value}`,
  table,
  rows: [],
  limits: { [name]: value },
})

const autoHold = (table: Table, name: 'factor' | 'minMs', value: number): Mutant => ({
  name: `autoHold.${name}: ${value}`,
  table,
  rows: [],
  limits: { autoHold: { ...LIMITS.autoHold, [name]: value } },
})

/** All of them. */
export const mutantsOf = (table: Table): Mutant[] => [
  ...limitMutants(table),
  ...constantMutants(table),
  ...tableMutants(table),
]

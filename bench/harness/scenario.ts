/** What a scenario is: it gets its settings and a place to clean up, and gives tables, targets and raw samples. */

import type { Cleanup } from './cleanup.ts'
import type { Settings } from './command-line.ts'
import type { Chart } from './chart.ts'
import type { Table } from './table.ts'

export interface Call {
  readonly settings: Settings
  readonly cleanup: Cleanup
  /** One line of progress. */
  readonly say: (text: string) => void
}

/** A number that was promised. `value`, `limit` and `aim` are in `unit`. */
export interface Target {
  readonly what: string
  readonly value: number
  readonly limit: number
  readonly unit: string
  /** The limit is the least, not the most. */
  readonly atLeast?: boolean
  /** What it would better be. */
  readonly aim?: number
  /** Why the number proves nothing, whether met or missed. */
  readonly doubt?: string | undefined
}

export interface Measured {
  /** How it was measured: everything that would be needed to do it again. */
  readonly conditions: Readonly<Record<string, unknown>>
  readonly tables: readonly Table[]
  readonly targets: readonly Target[]
  /** Drawn one below the other, into a file of their own. */
  readonly charts?: readonly Chart[]
  /** What a reader must know to read the tables. */
  readonly notes: readonly string[]
  /** Raw. */
  readonly samples: unknown
}

export interface Scenario {
  readonly name: string
  /** One line. */
  readonly about: string
  measure(call: Call): Promise<Measured>
}

export const isMet = ({ value, limit, atLeast }: Target): boolean =>
  atLeast ? value >= limit : value <= limit

/**
 * How long the last wakes of one function took, cold and resumed apart. Bounded, pure, without a clock:
 * what is recorded is what is answered.
 */

import type { WakePhases } from '../domain/admission.ts'
import { LIMITS } from '../domain/limits.ts'
import { RecentValues } from './recent-values.ts'

/** The two start kinds that wait for a wake. */
export type WakeKind = 'cold' | 'resumed'

export interface Wake {
  readonly kind: WakeKind
  /** First waiter → ready, in ms. */
  readonly totalMs: number
  readonly phases: WakePhases
}

/** One function's wakes, at most `wakeHistoryMax` of each kind. */
export class WakeHistory {
  readonly #rings: Readonly<Record<WakeKind, RecentValues>>
  #last: Wake | undefined

  constructor(size: number = LIMITS.wakeHistoryMax) {
    this.#rings = { cold: new RecentValues(size), resumed: new RecentValues(size) }
  }

  /** Notes a wake that ended in ready. `phases` is kept as it is: hand over a copy if it changes later. */
  record(kind: WakeKind, totalMs: number, phases: WakePhases): void {
    this.#rings[kind].push(totalMs)
    this.#last = { kind, totalMs, phases }
  }

  /** Total ms of each kind, oldest first. */
  get values(): Readonly<Record<WakeKind, readonly number[]>> {
    return { cold: this.#rings.cold.values, resumed: this.#rings.resumed.values }
  }

  /** What an earlier one had, before anything of its own. */
  restore(values: Readonly<Record<WakeKind, readonly number[]>>): void {
    for (const kind of ['cold', 'resumed'] as const)
      for (const totalMs of values[kind]) this.#rings[kind].push(totalMs)
  }

  /** In ms; undefined before the first wake of that kind. */
  median(kind: WakeKind): number | undefined {
    return this.#rings[kind].quantile(0.5)
  }

  /** In ms, `q` in 0 … 1; undefined before the first wake of that kind. */
  quantile(kind: WakeKind, q: number): number | undefined {
    return this.#rings[kind].quantile(q)
  }

  /** The newest wake of either kind. */
  get last(): Wake | undefined {
    return this.#last
  }
}

/**
 * How long the last wakes of one function took, cold and resumed apart. Bounded, pure, without a clock:
 * what is recorded is what is answered.
 */

import type { WakePhases } from '../domain/admission.ts'
import { LIMITS } from '../domain/limits.ts'

/** The two start kinds that wait for a wake. */
export type WakeKind = 'cold' | 'resumed'

export interface Wake {
  readonly kind: WakeKind
  /** First waiter → ready, in ms. */
  readonly totalMs: number
  readonly phases: WakePhases
}

/** The last `size` numbers, with quantiles. Allocates with the first number: most functions are asleep. */
class Ring {
  readonly #size: number
  #values: Float64Array | undefined
  #count = 0
  /** Ascending; dropped by every push, since reads come in bursts between two wakes. */
  #sorted: Float64Array | undefined

  constructor(size: number) {
    this.#size = size
  }

  push(value: number): void {
    this.#values ??= new Float64Array(this.#size)
    this.#values[this.#count % this.#size] = value
    this.#count += 1
    this.#sorted = undefined
  }

  /** By linear interpolation between the two nearest ranks; undefined while empty. */
  quantile(q: number): number | undefined {
    if (!this.#values) return undefined
    this.#sorted ??= this.#values.slice(0, Math.min(this.#count, this.#size)).sort()
    const rank = Math.min(Math.max(q, 0), 1) * (this.#sorted.length - 1)
    const below = this.#sorted[Math.floor(rank)] ?? 0
    const above = this.#sorted[Math.ceil(rank)] ?? below
    return below + (above - below) * (rank - Math.floor(rank))
  }
}

/** One function's wakes, at most `wakeHistoryMax` of each kind. */
export class WakeHistory {
  readonly #rings: Readonly<Record<WakeKind, Ring>>
  #last: Wake | undefined

  constructor(size: number = LIMITS.wakeHistoryMax) {
    this.#rings = { cold: new Ring(size), resumed: new Ring(size) }
  }

  /** Notes a wake that ended in ready. `phases` is kept as it is: hand over a copy if it changes later. */
  record(kind: WakeKind, totalMs: number, phases: WakePhases): void {
    this.#rings[kind].push(totalMs)
    this.#last = { kind, totalMs, phases }
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

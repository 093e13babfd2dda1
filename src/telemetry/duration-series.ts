/** A histogram of durations over the common buckets. Recording allocates nothing. */

import { BUCKETS_SECONDS } from './definitions.ts'

const BOUNDS_MS = BUCKETS_SECONDS.map((seconds) => seconds * 1000)

export class DurationSeries {
  /** One per bucket and one for what is longer than the last. */
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1)
  #sumMs = 0

  /** Counts one duration in ms. */
  record(ms: number): void {
    let i = 0
    // Most durations are short and the bounds few: a walk from below beats a binary search.
    while (i < BOUNDS_MS.length && ms > (BOUNDS_MS[i] ?? Infinity)) i += 1
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#sumMs += ms
  }

  /** How many fell into bucket `i`, those of smaller buckets left out. */
  countIn(i: number): number {
    return this.#counts[i] ?? 0
  }

  get sumSeconds(): number {
    return this.#sumMs / 1000
  }
}

/**
 * A histogram of durations over the common buckets. Recording allocates nothing, but for a request that is traced: the
 * newest such request of each bucket is kept as its example.
 */

import { BUCKETS_SECONDS } from './definitions.ts'

const BOUNDS_MS = BUCKETS_SECONDS.map((seconds) => seconds * 1000)

/** One request out of a bucket. */
export interface Exemplar {
  readonly traceId: string
  readonly seconds: number
  /** Wall-clock ms. */
  readonly at: number
}

export class DurationSeries {
  /** One per bucket and one for what is longer than the last. */
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1)
  #exemplars: (Exemplar | undefined)[] | undefined
  #sumMs = 0

  /** Counts one duration in ms; `of` is the request that took it, where it is traced. */
  record(ms: number, of?: { readonly traceId: string; readonly at: number }): void {
    const i = bucketOf(ms)
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#sumMs += ms
    if (of) this.exemplify(ms, of)
  }

  /** The newest example of its bucket from now on; of a duration that was counted before. */
  exemplify(ms: number, of: { readonly traceId: string; readonly at: number }): void {
    this.#exemplars ??= Array.from({ length: this.#counts.length }, () => undefined)
    this.#exemplars[bucketOf(ms)] = { traceId: of.traceId, at: of.at, seconds: ms / 1_000 }
  }

  /** How many fell into bucket `i`, those of smaller buckets left out. */
  countIn(i: number): number {
    return this.#counts[i] ?? 0
  }

  /** The newest traced request of bucket `i`. */
  exemplarIn(i: number): Exemplar | undefined {
    return this.#exemplars?.[i]
  }

  get sumSeconds(): number {
    return this.#sumMs / 1000
  }
}

/** Most durations are short and the bounds few: a walk from below beats a binary search. */
function bucketOf(ms: number): number {
  let i = 0
  while (i < BOUNDS_MS.length && ms > (BOUNDS_MS[i] ?? Infinity)) i += 1
  return i
}

/** How long an idle function stays loaded, learnt from how long it was idle before. No clock; its memory does not grow. */

import type { IdleCounts } from './lesson.ts'

/**
 * The hybrid histogram policy of Shahrad et al., "Serverless in the Wild", USENIX ATC 2020, section 4.2. Two things differ:
 * both windows are counted from the moment the function fell idle, as coldfront's tiers are (the paper counts the second
 * from the load); and where most idle times lie beyond the histogram the paper forecasts the next one from a time series
 * (ARIMA), while this policy keeps to its standard.
 */
export interface IdlePolicyParts {
  readonly binMs: number
  /** Idle times of this length and more are out of bounds. A whole number of bins. */
  readonly rangeMs: number
  /** Shares of the idle times that are shorter than the head, and not longer than the tail. */
  readonly head: number
  readonly tail: number
  /** Share by which the head is moved earlier and the tail later. */
  readonly margin: number
  /** Below this coefficient of variation of the bins' counts, the histogram is too flat to tell anything. */
  readonly variationMin: number
  /** From this share of idle times out of bounds on, the histogram says too little. */
  readonly outOfBoundsMax: number
  /** Idle times seen before the histogram is believed. */
  readonly observationsMin: number
  /** At so many in the histogram all counts are halved, so that an old habit fades. */
  readonly observationsMax: number
  /** Kept loaded for so long while the histogram is not believed. */
  readonly standardMs: number
}

/** As in the paper, save `observationsMin` (it names no number) and `observationsMax` (it keeps one histogram per day). */
export const HYBRID_HISTOGRAM: IdlePolicyParts = {
  binMs: 60_000,
  rangeMs: 14_400_000,
  head: 0.05,
  tail: 0.99,
  margin: 0.1,
  variationMin: 2,
  outOfBoundsMax: 0.5,
  observationsMin: 10,
  observationsMax: 100_000,
  standardMs: 14_400_000,
}

/** Both counted from the moment the function fell idle, in whole ms. */
export interface IdleWindows {
  /** Unloaded at once and loaded again after so long; 0: not unloaded before `keepAliveMs`. */
  readonly prewarmMs: number
  /** Unloaded after so long. Always later than `prewarmMs`. */
  readonly keepAliveMs: number
  readonly basis: 'histogram' | 'standard'
}

/** The idle times of one function and what follows from them. */
export class IdlePolicy {
  readonly #parts: IdlePolicyParts
  readonly #counts: Uint32Array
  #inBounds = 0
  #outOfBounds = 0
  /** Of the counts' squares: with `#inBounds` it gives their variation without a look at each. */
  #squares = 0
  /** What the idle times so far say; undefined when there is a new one. */
  #windows: IdleWindows | undefined

  /** Throws a RangeError when the parts make no histogram. */
  constructor(parts: Partial<IdlePolicyParts> = {}) {
    this.#parts = { ...HYBRID_HISTOGRAM, ...parts }
    const { binMs, rangeMs } = this.#parts
    if (!(binMs > 0) || !(rangeMs >= binMs))
      throw new RangeError(`bins of ${binMs} ms up to ${rangeMs} ms`)
    this.#counts = new Uint32Array(Math.ceil(rangeMs / binMs))
  }

  /** The function was idle for `idleMs`, and then came a request. A negative time, as of a clock set back, counts as 0. */
  observe(idleMs: number): void {
    this.#windows = undefined
    const bin = Math.floor(Math.max(0, idleMs) / this.#parts.binMs)
    if (!(bin < this.#counts.length)) this.#outOfBounds++
    else {
      const before = this.#counts[bin] ?? 0
      this.#counts[bin] = before + 1
      this.#squares += 2 * before + 1
      this.#inBounds++
    }
    if (this.#inBounds + this.#outOfBounds >= this.#parts.observationsMax) this.#fade()
  }

  /** When to unload and load again, by all that was observed. */
  windows(): IdleWindows {
    this.#windows ??= this.#believed() ? this.#byHistogram() : this.#standard()
    return this.#windows
  }

  /** All that was observed. */
  get counts(): IdleCounts {
    const bins = [...this.#counts.entries()].filter(([, count]) => count > 0)
    return { outOfBounds: this.#outOfBounds, bins }
  }

  /** What an earlier one observed, before anything of its own; bins that there are not here are left out. */
  restore({ outOfBounds, bins }: IdleCounts): void {
    this.#windows = undefined
    this.#outOfBounds = outOfBounds
    for (const [bin, count] of bins) {
      if (!(bin < this.#counts.length)) continue
      this.#counts[bin] = count
      this.#squares += count * count
      this.#inBounds += count
    }
  }

  #believed(): boolean {
    const { observationsMin, outOfBoundsMax, variationMin } = this.#parts
    const all = this.#inBounds + this.#outOfBounds
    if (all < observationsMin || this.#inBounds === 0) return false
    if (this.#outOfBounds / all >= outOfBoundsMax) return false
    return this.#variation() >= variationMin
  }

  /** Coefficient of variation of the bins' counts: 0 when all are alike, √(bins − 1) when all idle times are in one. */
  #variation(): number {
    return Math.sqrt((this.#counts.length * this.#squares) / this.#inBounds ** 2 - 1)
  }

  #byHistogram(): IdleWindows {
    const { binMs, head, tail, margin } = this.#parts
    // The head is rounded down to its bin's start and the tail up to its bin's end, as in the paper.
    const prewarmMs = Math.round(this.#binAt(head) * binMs * (1 - margin))
    const keepAliveMs = Math.round((this.#binAt(tail) + 1) * binMs * (1 + margin))
    return { prewarmMs, keepAliveMs, basis: 'histogram' }
  }

  #standard(): IdleWindows {
    return { prewarmMs: 0, keepAliveMs: this.#parts.standardMs, basis: 'standard' }
  }

  /** The bin in which the given share of the idle times in bounds is reached. */
  #binAt(share: number): number {
    const wanted = share * this.#inBounds
    let seen = 0
    // By index: over entries a million looks at 240 bins take ten times as long.
    for (let bin = 0; bin < this.#counts.length; bin += 1) {
      const count = this.#counts[bin]!
      seen += count
      if (count > 0 && seen >= wanted) return bin
    }
    return this.#counts.length - 1
  }

  #fade(): void {
    this.#inBounds = 0
    this.#squares = 0
    this.#outOfBounds >>>= 1
    for (const [bin, count] of this.#counts.entries()) {
      const half = count >>> 1
      this.#counts[bin] = half
      this.#inBounds += half
      this.#squares += half * half
    }
  }
}

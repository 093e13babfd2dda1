/**
 * How long things took in the last minutes, to within 5 %: two histograms with logarithmic steps, of which the older is
 * emptied and becomes the newer. Recording allocates nothing.
 */

/** Steps per doubling: a step is 9 % wide, and its middle at most 4.5 % off. */
const STEPS = 8
/** From 2^-5 ms (31 µs) to 2^20 ms (17 minutes); what is beyond counts at the end. */
const LOWEST = -5
const HIGHEST = 20
const SIZE = (HIGHEST - LOWEST) * STEPS + 1

export class RecentDurations {
  #newer = new Uint32Array(SIZE)
  #older = new Uint32Array(SIZE)

  /** One duration in ms. */
  record(ms: number): void {
    const step = Math.round((Math.log2(ms) - LOWEST) * STEPS)
    const i = step > 0 ? Math.min(step, SIZE - 1) : 0
    this.#newer[i] = (this.#newer[i] ?? 0) + 1
  }

  /** Half of the window is over. */
  turn(): void {
    const emptied = this.#older.fill(0)
    this.#older = this.#newer
    this.#newer = emptied
  }

  /** Nothing happened for a whole window. */
  clear(): void {
    this.#newer.fill(0)
    this.#older.fill(0)
  }

  get count(): number {
    let count = 0
    for (let i = 0; i < SIZE; i += 1) count += this.#at(i)
    return count
  }

  /** In ms, `q` in 0 … 1; undefined while empty. */
  quantile(q: number): number | undefined {
    const rank = Math.max(1, Math.ceil(q * this.count))
    let seen = 0
    for (let i = 0; i < SIZE; i += 1) {
      seen += this.#at(i)
      if (seen >= rank) return 2 ** (i / STEPS + LOWEST)
    }
    return undefined
  }

  #at(i: number): number {
    return (this.#newer[i] ?? 0) + (this.#older[i] ?? 0)
  }
}

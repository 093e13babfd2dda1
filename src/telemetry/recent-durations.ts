/**
 * How long things took in the last minutes, to within 5 %: two histograms with 16 steps for each doubling, of which the
 * older is emptied and becomes the newer. Recording allocates nothing.
 */

/** A double's exponent and the upper 4 bits of its mantissa are the number of its step: no logarithm is taken. */
const STEP_BITS = 4
const STEPS = 2 ** STEP_BITS
/** A double's upper half has 20 bits of mantissa below the exponent, whose zero is at 1023. */
const SHIFT = 20 - STEP_BITS
const BIAS = 1_023
/** From 2^-5 ms (31 µs) to 2^20 ms (17 minutes); what is beyond counts at the ends. */
const LOWEST = -5
const HIGHEST = 20
const SIZE = (HIGHEST - LOWEST) * STEPS

const number = new DataView(new ArrayBuffer(8))

export class RecentDurations {
  #newer = new Uint32Array(SIZE)
  #older = new Uint32Array(SIZE)

  /** One duration in ms. */
  record(ms: number): void {
    number.setFloat64(0, ms)
    const step = (number.getUint32(0) >>> SHIFT) - (BIAS + LOWEST) * STEPS
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

  /** In ms, `q` in 0 … 1: the middle of its step; undefined while empty. */
  quantile(q: number): number | undefined {
    const rank = Math.max(1, Math.ceil(q * this.count))
    let seen = 0
    for (let i = 0; i < SIZE; i += 1) {
      seen += this.#at(i)
      if (seen >= rank)
        return 2 ** (Math.floor(i / STEPS) + LOWEST) * (1 + ((i % STEPS) + 0.5) / STEPS)
    }
    return undefined
  }

  #at(i: number): number {
    return (this.#newer[i] ?? 0) + (this.#older[i] ?? 0)
  }
}

/**
 * Latencies in buckets that widen with the value, 64 to each power of two: a percentile is right within 1.6 %, and a
 * recording costs no allocation. Values are whole µs.
 */

const STEPS = 64
const STEP_BITS = 6
/** Up to 2^36 µs, nineteen hours. */
const POWERS = 30

export class Histogram {
  readonly #counts = new Uint32Array(STEPS * (POWERS + 1))
  count = 0
  max = 0

  record(us: number): void {
    const value = Math.max(0, Math.round(us))
    const power = Math.max(0, Math.floor(Math.log2(value || 1)) - STEP_BITS)
    const at = Math.min(this.#counts.length - 1, power * STEPS + Math.floor(value / 2 ** power))
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.count += 1
    if (value > this.max) this.max = value
  }

  /** In ms: the upper end of the bucket; NaN where nothing was recorded. */
  percentileMs(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.count))
    for (const [at, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return Math.min(this.max, upperEnd(at)) / 1000
    }
    return NaN
  }

  /** What is in it: upper end of the bucket in µs, and how many. */
  buckets(): readonly (readonly [number, number])[] {
    return [...this.#counts.entries()]
      .filter(([, count]) => count > 0)
      .map(([at, count]) => [upperEnd(at), count] as const)
  }
}

function upperEnd(at: number): number {
  // The first two powers share a row of buckets; from there each power fills the upper half of its own.
  const power = Math.max(0, Math.floor(at / STEPS) - 1)
  return (at - power * STEPS + 1) * 2 ** power
}

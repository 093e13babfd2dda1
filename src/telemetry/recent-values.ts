/** The last so many numbers, with exact quantiles. Allocates with the first number: most functions are asleep. */

export class RecentValues {
  readonly #size: number
  #values: Float64Array | undefined
  #count = 0
  /** Ascending; dropped by every push, since reads come in bursts between two wakes. */
  #sorted: Float64Array | undefined

  constructor(size: number) {
    this.#size = size
  }

  /** How many are kept. */
  get kept(): number {
    return Math.min(this.#count, this.#size)
  }

  push(value: number): void {
    this.#values ??= new Float64Array(this.#size)
    this.#values[this.#count % this.#size] = value
    this.#count += 1
    this.#sorted = undefined
  }

  /** Oldest first. */
  get values(): readonly number[] {
    if (!this.#values) return []
    const from = this.#count > this.#size ? this.#count % this.#size : 0
    return [...this.#values.subarray(from, this.kept), ...this.#values.subarray(0, from)]
  }

  /** By linear interpolation between the two nearest ranks; undefined while empty. */
  quantile(q: number): number | undefined {
    if (!this.#values) return undefined
    this.#sorted ??= this.#values.slice(0, this.kept).sort()
    const rank = Math.min(Math.max(q, 0), 1) * (this.#sorted.length - 1)
    const below = this.#sorted[Math.floor(rank)] ?? 0
    const above = this.#sorted[Math.ceil(rank)] ?? below
    return below + (above - below) * (rank - Math.floor(rank))
  }
}

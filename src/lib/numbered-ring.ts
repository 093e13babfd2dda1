/** The last values of a sequence, numbered from 1 on, bounded in number and in size. */

export interface RingBounds {
  readonly countMax: number
  /** Of all sizes together. */
  readonly sizeMax: number
}

interface Kept<T> {
  readonly value: T
  readonly size: number
}

export class NumberedRing<T> {
  readonly #bounds: RingBounds
  #kept: Kept<T>[] = []
  #size = 0
  #last = 0

  constructor(bounds: RingBounds) {
    this.#bounds = bounds
  }

  /** The number of the newest value; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** The number of the oldest value that is kept; one more than `last` when there is none. */
  get first(): number {
    return this.#last - this.#kept.length + 1
  }

  /** Adds a value and lets the oldest go until all fit; the newest is always kept. Returns its number. */
  push(value: T, size: number): number {
    this.#kept.push({ value, size })
    this.#size += size
    this.#last += 1
    const { countMax, sizeMax } = this.#bounds
    while (this.#kept.length > 1 && (this.#kept.length > countMax || this.#size > sizeMax))
      this.#size -= this.#kept.shift()?.size ?? 0
    return this.#last
  }

  /** The value with this number, while it is kept. */
  get(number: number): T | undefined {
    return this.#kept[number - this.first]?.value
  }
}

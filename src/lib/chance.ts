/** Chance that can be repeated: the same seed gives the same numbers (mulberry32). */

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** One of them; undefined of none. */
  of<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.next() * all.length)]
  }
}

/** The same values in an order of chance. */
export function shuffled<T>(values: readonly T[], chance: Chance): T[] {
  const order = [...values]
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = chance.between(0, i)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

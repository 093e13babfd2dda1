/** Random bytes as hex, from a pool: a slice of text costs less than asking the system for each. */

/** Fills `bytes` with random ones; `crypto.getRandomValues` in the gateway. */
export type FillRandom = (bytes: Uint8Array) => void

const POOL_BYTES = 4_096

export class RandomHex {
  readonly #fill: FillRandom
  readonly #pool = Buffer.alloc(POOL_BYTES)
  #text = ''
  #used = 0

  constructor(fill: FillRandom) {
    this.#fill = fill
  }

  /** Two digits for each of `bytes`, at most 4,096. */
  take(bytes: number): string {
    const chars = 2 * bytes
    if (this.#used + chars > this.#text.length) {
      this.#fill(this.#pool)
      this.#text = this.#pool.toString('hex')
      this.#used = 0
    }
    this.#used += chars
    return this.#text.slice(this.#used - chars, this.#used)
  }
}

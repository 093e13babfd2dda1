/**
 * The reading half of a connection: hands bytes on in order, holds a bounded number while nobody takes
 * them, and stops reading beyond that.
 */

import type { Duplex } from 'node:stream'

/** Takes bytes from `at`; returns how far it went, `at` itself when they must wait. */
type Consume = (bytes: Buffer, at: number, end: number) => number

export class Inbox {
  readonly #stream: Duplex
  readonly #holdMax: number
  readonly #consume: Consume
  #held: Buffer[] = []
  #heldBytes = 0
  #draining = false

  constructor(stream: Duplex, holdMax: number, consume: Consume) {
    this.#stream = stream
    this.#holdMax = holdMax
    this.#consume = consume
  }

  /** Everything that came was taken. */
  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  push(bytes: Buffer): void {
    if (this.#held.length > 0 || this.#draining) return this.#hold(bytes)
    this.#draining = true
    const taken = this.#feed(bytes)
    this.#draining = false
    // What was pushed meanwhile stands behind these.
    if (taken < bytes.length) {
      this.#held.unshift(bytes.subarray(taken))
      this.#heldBytes += bytes.length - taken
      this.#limit()
    } else if (this.#held.length > 0) this.drain()
  }

  /** Hands on what is held, as far as it is taken. False: that is under way already. */
  drain(): boolean {
    if (this.#draining) return false
    this.#draining = true
    while (this.#held.length > 0) {
      const bytes = this.#held[0]!
      const taken = this.#feed(bytes)
      this.#heldBytes -= taken
      if (taken < bytes.length) {
        this.#held[0] = bytes.subarray(taken)
        break
      }
      this.#held.shift()
    }
    this.#draining = false
    if (this.#held.length === 0 && this.#stream.isPaused()) this.#stream.resume()
    return true
  }

  #feed(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length) {
      const next = this.#consume(bytes, at, bytes.length)
      if (next === at) break
      at = next
    }
    return at
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    this.#limit()
  }

  #limit(): void {
    if (this.#heldBytes > this.#holdMax) this.#stream.pause()
  }
}

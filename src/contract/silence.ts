/** A limit on silence: fires when nothing was heard for so long. Hearing costs a clock read, never a new timer. */

import type { Clock, Timer } from '../lib/clock.ts'

export class Silence {
  readonly #clock: Clock
  readonly #expired: () => void
  #timer: Timer | undefined
  #firesAt = Infinity
  #limitMs = Infinity
  #heardAt = 0

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** From now on silence may last `limitMs`, which counts from here. */
  allow(limitMs: number): void {
    this.#limitMs = limitMs
    this.#heardAt = this.#clock.now()
    // A timer that fires early looks at the clock and goes on; only a late one must be replaced.
    if (this.#heardAt + limitMs < this.#firesAt) this.#arm(limitMs)
  }

  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#limitMs = this.#firesAt = Infinity
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel()
    this.#firesAt = this.#clock.now() + delayMs
    this.#timer = this.#clock.timer(delayMs, () => this.#look())
  }

  #look(): void {
    this.#timer = undefined
    this.#firesAt = Infinity
    const leftMs = this.#heardAt + this.#limitMs - this.#clock.now()
    if (leftMs > 0) {
      if (leftMs < Infinity) this.#arm(leftMs)
    } else {
      this.stop()
      this.#expired()
    }
  }
}

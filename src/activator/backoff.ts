/** After a failed start a function is left alone for a while, each time for twice as long. No clock of its own. */

import { LIMITS } from '../domain/limits.ts'

export class Backoff {
  #failures = 0
  #until = 0

  /** Records a failure at `now`; returns for how long, in ms. */
  failed(now: number): number {
    const delayMs = Math.min(LIMITS.backoffMinMs * 2 ** this.#failures, LIMITS.backoffMaxMs)
    this.#failures += 1
    this.#until = now + delayMs
    return delayMs
  }

  /** Nobody's fault: not tried again for `delayMs`, yet nothing is held against the function. */
  postpone(now: number, delayMs: number): void {
    this.#until = Math.max(this.#until, now + delayMs)
  }

  /** Whether the wait is the function's own fault. */
  get isCharged(): boolean {
    return this.#failures > 0
  }

  succeeded(): void {
    this.#failures = 0
    this.#until = 0
  }

  /** Ms until the next start may be tried; 0: now. */
  leftMs(now: number): number {
    return Math.max(0, this.#until - now)
  }
}

/** The stops of one instance: how often it was asked, and which of the calls are still out. */

import { LIMITS } from '../domain/limits.ts'

export class Stops {
  attempts = 0
  readonly #out = new Set<Promise<unknown>>()

  get spent(): boolean {
    return this.attempts >= LIMITS.stopAttemptsMax
  }

  /** While one is out its SIGKILL may come at any moment. */
  get areOut(): boolean {
    return this.#out.size > 0
  }

  /** Settles when all that are out now have been answered. Never rejects. */
  get settled(): Promise<unknown> {
    return Promise.all(this.#out)
  }

  /** Notes a call, whose promise never rejects. */
  note(call: Promise<unknown>): void {
    const noted = call.then(() => void this.#out.delete(noted))
    this.#out.add(noted)
  }
}

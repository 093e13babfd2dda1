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

  /** Notes a call that is out. */
  note(call: Promise<unknown>): void {
    const answered = (): void => void this.#out.delete(noted)
    const noted = call.then(answered, answered)
    this.#out.add(noted)
  }
}

/** A waiter whose faults stay its own: what it throws is told, and nobody else's grant or refusal is lost by it. */

import type { Lease, Refusal, Waiter, WokenBy } from '../domain/admission.ts'

export class GuardedWaiter implements Waiter {
  readonly #waiter: Waiter
  readonly #threw: (error: unknown) => void

  constructor(waiter: Waiter, threw: (error: unknown) => void) {
    this.#waiter = waiter
    this.#threw = threw
  }

  get by(): WokenBy | undefined {
    return this.#waiter.by
  }

  /** False as well when it threw. */
  granted(lease: Lease): boolean {
    try {
      return this.#waiter.granted(lease)
    } catch (error) {
      this.#threw(error)
      return false
    }
  }

  refused(refusal: Refusal): void {
    try {
      this.#waiter.refused(refusal)
    } catch (error) {
      this.#threw(error)
    }
  }
}

/**
 * Wakes that were not made. A flood of them is the case they exist for, so they are told together: the first at once,
 * then at most one event in `suppressedEveryMs` for each function and reason. The metric counts every one.
 */

import type { WokenBy } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import { LIMITS } from '../domain/limits.ts'
import type { SuppressedBy } from './events.ts'

/** Refusals that stand for a wake that was not made. */
export const SUPPRESSED: Readonly<Partial<Record<ErrorCode, SuppressedBy>>> = {
  RATE_LIMITED: 'rate',
  START_BACKOFF: 'backoff',
}

interface Untold {
  requests: number
  toldAt: number
}

/** Those of one function. */
export class Suppressions {
  readonly #tell: (about: { reason: SuppressedBy; requests: number; by?: WokenBy }) => void
  readonly #untold = new Map<SuppressedBy, Untold>()

  constructor(tell: (about: { reason: SuppressedBy; requests: number; by?: WokenBy }) => void) {
    this.#tell = tell
  }

  /** One more at `now`, monotonic ms. `asker` is asked for only when it is told. */
  add(reason: SuppressedBy, asker: { readonly by?: WokenBy }, now: number): void {
    const untold = this.#untold.get(reason) ?? { requests: 0, toldAt: -Infinity }
    this.#untold.set(reason, untold)
    untold.requests += 1
    if (now - untold.toldAt < LIMITS.suppressedEveryMs) return
    const { requests } = untold
    untold.requests = 0
    untold.toldAt = now
    const { by } = asker
    this.#tell({ reason, requests, ...(by && { by }) })
  }
}

/** Who comes to one function and finds no place at once: taken into the queue, told to come back, or refused. */

import type { Refusal, Ticket, Waiter, WakeProgress } from '../domain/admission.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { LIMITS } from '../domain/limits.ts'
import { GuardedWaiter } from './guarded-waiter.ts'
import type { PoolRecord } from './pool-record.ts'
import type { Roster } from './roster.ts'
import type { Scaler } from './scaler.ts'
import type { Waiters } from './waiters.ts'

/** The function at this moment. */
export interface Moment {
  readonly fn: FunctionSpec
  /** Nobody is received any more. */
  readonly closing: Refusal | undefined
  /** The runtime does not answer. */
  readonly away: boolean
  /** An instance may be leased, or is full. */
  readonly isAwake: boolean
  /** There is no room for it on the host. */
  readonly isInLine: boolean
}

export interface ReceptionParts {
  readonly roster: Roster
  readonly waiters: Waiters
  readonly record: PoolRecord
  readonly scaler: Scaler
  readonly now: () => Moment
  /** Has granting and starting looked at in a later turn. */
  readonly askTurn: () => void
}

export class Reception {
  readonly #parts: ReceptionParts

  constructor(parts: ReceptionParts) {
    this.#parts = parts
  }

  /** How many wait. */
  get waiting(): number {
    return this.#parts.waiters.size
  }

  /** Queues the waiter. `noRoom` is asked last: others may have to make room. */
  hold(waiter: Waiter, noRoom: () => Refusal | undefined): Ticket | Refusal {
    const { record, waiters, now, askTurn } = this.#parts
    this.#parts.scaler.habit.arrived()
    const refusal = this.#refusal(waiter, noRoom)
    if (refusal) return refusal
    if (waiters.size === 0 && !now().isAwake) record.woke('request', waiter.by)
    const guarded = new GuardedWaiter(waiter, (error) => record.fault(error))
    const ticket = waiters.push(guarded, record.holdMs(now().fn), () => {
      const { away, isAwake, isInLine } = now()
      return record.expired({ away, full: isAwake, noRoom: isInLine })
    })
    askTurn()
    return ticket
  }

  /** Wakes the function for somebody who comes back, and is refused where `hold` would. */
  rouse(waiter: Waiter): WakeProgress | 'serving' | Refusal {
    const { record, scaler, askTurn } = this.#parts
    const { phase } = this.progress()
    if (phase === 'ready') return 'serving'
    const refusal = this.#refusal(waiter, () => undefined)
    if (refusal) return refusal
    if (phase === 'asleep') record.woke('request', waiter.by)
    scaler.calledFor = true
    askTurn()
    return this.progress()
  }

  progress(): WakeProgress {
    const { record, roster, scaler, waiters } = this.#parts
    const wanted = waiters.size > 0 || scaler.calledFor || scaler.startsWaiting > 0
    return record.progress(
      roster.all.map(({ state }) => state),
      wanted,
    )
  }

  /** Makes room in the host's total of waiters. */
  refuseNewest(refusal: Refusal): void {
    this.#parts.record.refused(refusal.code, { waiting: this.waiting })
    this.#parts.waiters.refuseNewest(refusal)
  }

  /** The host is full of what is in use, and is not to be waited for. */
  turnAway(): void {
    this.refuseAll({ code: 'HOST_FULL', retryAfterMs: LIMITS.fullRetryMs })
  }

  /** Tells those who wait now that it is over. */
  refuseAll(refusal: Refusal): void {
    this.#parts.waiters.refuseAll(refusal)
  }

  #refusal(waiter: Waiter, noRoom: () => Refusal | undefined): Refusal | undefined {
    const { record, roster, scaler, now } = this.#parts
    const { fn, closing } = now()
    const serving = scaler.startsWaiting > 0 || roster.serves()
    const asked = { waiter, waiting: this.waiting, serving }
    const refusal = closing ?? record.refusal(fn, asked) ?? noRoom()
    if (refusal) record.refused(refusal.code, asked)
    return refusal
  }
}

/** What all requests share: the parts of the gateway they use, and the policy of the moment. */

import type { Admission } from '../domain/admission.ts'
import type { FunctionId } from '../domain/ids.ts'
import type { Contract } from '../contract/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Events, GatewayEvent } from '../telemetry/events.ts'
import type { HoldBudget } from './held-body.ts'
import type { ProgressBoard } from './progress-board.ts'
import type { RequestPolicy } from './request-fields.ts'
import type { DateField, Timing } from './response-fields.ts'
import type { Router } from './router.ts'
import type { WakeRate } from './wake-rate.ts'

/** How many exchanges each function has under way; one that has none is not in it. */
export class InFlight {
  readonly #counts = new Map<FunctionId, number>()

  get counts(): ReadonlyMap<FunctionId, number> {
    return this.#counts
  }

  began(fn: FunctionId): void {
    this.#counts.set(fn, (this.#counts.get(fn) ?? 0) + 1)
  }

  ended(fn: FunctionId): void {
    const count = (this.#counts.get(fn) ?? 0) - 1
    if (count > 0) this.#counts.set(fn, count)
    else this.#counts.delete(fn)
  }
}

/** Read by each request when it needs it, so a reload reaches the requests that begin after it. */
export interface Surroundings {
  readonly admission: Admission
  readonly contract: Contract
  readonly events: Events
  readonly clock: Clock
  readonly inFlight: InFlight
  readonly budget: HoldBudget
  readonly date: DateField
  readonly router: Router
  readonly policy: RequestPolicy
  readonly timing: Timing
  readonly wakeRate: WakeRate
  readonly board: ProgressBoard
  /** Bytes of one body read while it is held. */
  readonly readMax: number
  /** Connections end with the response they are at. */
  readonly isClosing: boolean
}

/** A fault of the gateway's own, for the log. `where` says what met it. */
export function faultNotice(
  where: string,
  error: unknown,
  at: number,
): GatewayEvent & { k: 'notice' } {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    k: 'notice',
    level: 'error',
    at,
    message: `${where} met a fault of the gateway: ${text}`,
  }
}

/**
 * Where the data plane and the control plane meet. The warm half (`take`) is synchronous: a warm request
 * never waits for a promise. The cold half (`hold`) is bounded, and never grants in the turn of the call.
 */

import type { ErrorCode } from './errors.ts'
import type { FunctionSpec } from './function.ts'
import type { FunctionId, InstanceId, RunId } from './ids.ts'
import type { Endpoint } from './endpoint.ts'

/** What a request met. One word each, the same in metrics, headers, logs and studies. */
export type StartKind = 'warm' | 'queued' | 'resumed' | 'cold'

/** How long the parts of a wake took, in ms. A part that did not happen is 0. One object per wake tells it from others. */
export interface WakePhases {
  /** Waiting for a start permit. */
  queued_start: number
  pull: number
  create: number
  start: number
  /** End of the start call → ready. */
  probe: number
  /** The part of `probe` between the last refused attempt and the accepted one: the gateway's own. */
  probe_slack: number
  resume: number
}

export const noPhases = (): WakePhases => ({
  queued_start: 0,
  pull: 0,
  create: 0,
  start: 0,
  probe: 0,
  probe_slack: 0,
  resume: 0,
})

/** Why a held request is refused; `retryAfterMs` where trying again makes sense. */
export interface Refusal {
  readonly code: ErrorCode
  readonly retryAfterMs?: number
  /** For the log and the status, never for the client. */
  readonly cause?: string
}

/** How an exchange ended, told once, when both directions have ended. */
export type Outcome =
  /** A whole response was passed on. */
  | { readonly k: 'done' }
  /** The lease was not used: nothing was sent. */
  | { readonly k: 'unused' }
  /** The client went away. */
  | { readonly k: 'gone' }
  /** The instance failed. `sent`: at least a byte of the request may have reached it. */
  | {
      readonly k: 'failed'
      readonly code: ErrorCode
      readonly sent: boolean
      readonly cause?: string
    }

/** The right to send one exchange to one instance. */
export interface Lease {
  readonly fn: FunctionSpec
  readonly instance: InstanceId
  readonly run: RunId
  readonly endpoint: Endpoint
  readonly start: StartKind
  /** The wake this request waited for, the same object for all that did; undefined for `warm` and `queued`. */
  readonly wake: WakePhases | undefined
  /**
   * A byte went through an upgraded connection. A lease that was never touched counts as activity until its
   * release; a touched one for `idle.tunnelAfter` after the last touch. Resumes an instance that slept meanwhile.
   */
  touch(): void
  /** Gives the lease back, exactly once; a second time throws. */
  release(outcome: Outcome): void
}

/** Who asked for what, as events tell it: texts of bounded length, the path without its query. */
export interface WokenBy {
  readonly host: string
  readonly path: string
  readonly client: string
  readonly userAgent: string
}

/** A held request. */
export interface Waiter {
  /** Read when an event tells of this waiter. */
  readonly by?: WokenBy
  /** False: the client is gone, give it to the next. */
  granted(lease: Lease): boolean
  refused(refusal: Refusal): void
  /**
   * Asked within `hold`, and only when this waiter would wake the function: nothing serves, sleeps warm or is on its
   * way. A refusal is what `hold` returns then. Left out: it may.
   */
  mayWake?(): Refusal | undefined
}

export type LeaveCause = 'gone' | 'closing'

/** A waiter's place. `leave` is idempotent, and neither `granted` nor `refused` is called after it. */
export interface Ticket {
  leave(why: LeaveCause): void
}

/**
 * How far a wake has come. `queued`: waiting for its turn; `failed`: the last start failed, the next one has to wait;
 * `ready`: a request would be served, or resume an instance; `asleep`: nobody has asked for it.
 */
export type WakePhase = 'queued' | 'starting' | 'probing' | 'ready' | 'failed' | 'asleep'

export interface WakeProgress {
  readonly phase: WakePhase
  /** Since somebody wanted it, in ms. */
  readonly elapsedMs: number
  /** Of the function's own cold starts, half take no longer, and nine of ten, in ms; undefined before the first. */
  readonly usualMs: number | undefined
  readonly slowMs: number | undefined
  /** Until the next start may be tried, in ms. */
  readonly retryAfterMs: number
}

export interface Admission {
  /** A lease at once, or undefined: nothing is ready, or everything ready is full. */
  take(fn: FunctionId): Lease | undefined
  /** Queues the waiter and wakes the function if need be; or refuses at once. */
  hold(fn: FunctionId, waiter: Waiter): Ticket | Refusal
  /**
   * Wakes the function for somebody who is not held but comes back; refuses where `hold` would. `serving`: an instance
   * is there or can be resumed, so that holding is the better way.
   */
  rouse(fn: FunctionId, waiter: Waiter): WakeProgress | 'serving' | Refusal
  /** Undefined: there is no such function. */
  progress(fn: FunctionId): WakeProgress | undefined
}

export const isRefusal = (x: Ticket | WakeProgress | Refusal): x is Refusal => 'code' in x

/** The one stream of what happens. Log, metrics, traces, what readers and hooks are told are its subscribers. */

import type { Outcome, StartKind, WakePhases, WokenBy } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { FunctionId, InstanceId, RevisionId } from '../domain/ids.ts'

/** What the control plane does. `at` is wall-clock ms. */
export type LifeEvent = { readonly at: number; readonly fn: FunctionId } & (
  | {
      readonly k: 'woke'
      readonly why: 'request' | 'minimum' | 'operator' | 'spare'
      readonly by?: WokenBy
    }
  | {
      readonly k: 'state'
      readonly instance: InstanceId
      readonly revision: RevisionId
      readonly from: string
      readonly to: string
      readonly event: string
    }
  | { readonly k: 'started'; readonly instance: InstanceId }
  | {
      readonly k: 'probed'
      readonly instance: InstanceId
      readonly probeMs: number
      readonly slackMs: number
    }
  | { readonly k: 'resumed'; readonly instance: InstanceId; readonly resumeMs: number }
  | {
      readonly k: 'ready'
      readonly instance: InstanceId
      readonly by: 'cold' | 'resumed'
      readonly phases: WakePhases
      readonly totalMs: number
    }
  | { readonly k: 'paused'; readonly instance: InstanceId }
  | {
      readonly k: 'stopped'
      readonly instance: InstanceId
      readonly why: string
      /** Where it is the function's own fault: what happened and what to do next. */
      readonly problem?: string
    }
  | {
      readonly k: 'failed'
      readonly instance: InstanceId | undefined
      readonly reason: string
      readonly message: string
      readonly log: readonly string[]
      readonly backoffMs: number
    }
  /** A request waits where none waited before; those that join it are told by `released`. */
  | { readonly k: 'held'; readonly by?: WokenBy }
  /** Nobody waits any more: how many had since `held`, and for how long there was somebody. */
  | { readonly k: 'released'; readonly requests: number; readonly heldMs: number }
  /** Requests that would have woken the function and did not; told at most once per `suppressedEveryMs`. */
  | {
      readonly k: 'suppressed'
      readonly reason: SuppressedBy
      readonly requests: number
      /** The newest of them. */
      readonly by?: WokenBy
    }
  | { readonly k: 'refused'; readonly code: ErrorCode; readonly waiters: number }
  | { readonly k: 'alarm'; readonly instance: InstanceId | undefined; readonly what: string }
  | { readonly k: 'pull'; readonly image: string; readonly message: string }
)

/** Why a wake was not made: its client had woken too often, or the last start had failed just before. */
export type SuppressedBy = 'rate' | 'backoff'

/** What concerns the whole gateway. */
export type GatewayEvent = { readonly at: number } & (
  | { readonly k: 'listening'; readonly what: string; readonly address: string }
  | { readonly k: 'reloaded'; readonly functions: number; readonly changed: readonly string[] }
  | { readonly k: 'reload_failed'; readonly message: string }
  | {
      readonly k: 'runtime'
      readonly runtime: string
      readonly up: boolean
      readonly message: string
    }
  | { readonly k: 'closing'; readonly message: string }
  | { readonly k: 'notice'; readonly level: 'info' | 'warn' | 'error'; readonly message: string }
)

/** A line that an instance printed. */
export interface OutputLine {
  readonly k: 'output'
  readonly at: number
  readonly fn: FunctionId
  readonly instance: InstanceId
  readonly line: string
}

/** The trace that a sampled request is recorded in; ids in hex. */
export interface RequestTrace {
  readonly traceId: string
  /** The caller's span. */
  readonly parentId: string | undefined
  readonly spanId: string
  /** Of the span that the function's own are children of. */
  readonly upstreamId: string
  readonly scheme: 'http' | 'https'
}

/** One finished request. Times in ms; the record may be reused after the call, so copy what you keep. */
export interface RequestRecord {
  at: number
  id: string
  fn: FunctionId | undefined
  instance: InstanceId | undefined
  start: StartKind | undefined
  method: string
  host: string
  target: string
  client: string
  userAgent: string
  /** 0 when the client left before an answer. */
  status: number
  bytesIn: number
  bytesOut: number
  /** Arrival → lease. */
  holdMs: number
  connectMs: number
  firstByteMs: number
  totalMs: number
  /** The part of hold that is neither engine nor app. */
  overheadMs: number
  wake: WakePhases | undefined
  outcome: Outcome['k'] | 'refused'
  error: ErrorCode | undefined
  /** For the log only. */
  cause: string | undefined
  upgraded: boolean
  /** Only where it is sampled. */
  trace?: RequestTrace | undefined
}

export type TelemetryEvent = LifeEvent | GatewayEvent | OutputLine

export interface Subscriber {
  event?(e: TelemetryEvent): void
  request?(r: RequestRecord): void
}

/** Hands events to subscribers in order, synchronously. A subscriber that throws is counted and does not stop the others. */
export class Events {
  #subscribers: readonly Subscriber[] = []
  /** Those that hear of requests: most do not, and a warm request asks no others. */
  #recorders: readonly Subscriber[] = []
  /** Calls to a subscriber that threw. */
  faults = 0

  /** Returns what ends the subscription. */
  subscribe(subscriber: Subscriber): () => void {
    this.#set([...this.#subscribers, subscriber])
    return () => this.#set(this.#subscribers.filter((s) => s !== subscriber))
  }

  emit(e: TelemetryEvent): void {
    for (const s of this.#subscribers) {
      try {
        s.event?.(e)
      } catch {
        this.faults += 1
      }
    }
  }

  request(r: RequestRecord): void {
    for (const s of this.#recorders) {
      try {
        s.request?.(r)
      } catch {
        this.faults += 1
      }
    }
  }

  #set(subscribers: readonly Subscriber[]): void {
    this.#subscribers = subscribers
    this.#recorders = subscribers.filter((s) => s.request !== undefined)
  }
}

/** What the admin listener asks of the gateway, and what it answers with. */

import type { BudgetStatus, FunctionStatus, RouteExplanation } from '../domain/status.ts'
import type { Exposed } from '../telemetry/metrics.ts'
import type { Reading } from '../telemetry/live-ring.ts'
import type { OverviewAnswer } from './overview.ts'

/** An engine or another way of running instances, as last heard of. */
export interface RuntimeStatus {
  readonly name: string
  readonly up: boolean
  /** The newest word from it: a version when it is up, the cause when it is away. */
  readonly message: string
}

/** The answer of `/api/v1/functions`. */
export interface GatewayStatus {
  readonly version: string
  /** Wall clock, ms since the epoch. */
  readonly startedAt: number
  /** Absolute path of the configuration. */
  readonly config: string
  /** Whether requests are accepted and no drain has begun. */
  readonly ready: boolean
  readonly runtimes: readonly RuntimeStatus[]
  readonly budget: BudgetStatus
  readonly functions: readonly FunctionStatus[]
}

/** How a control verb ended. `message` is for people: what was done, or why it was not. */
export interface ControlResult {
  readonly result: 'done' | 'unknown_function' | 'impossible' | 'failed'
  readonly message: string
}

/** Where a reader of a stream begins: after the piece with this id, or so many pieces back. */
export interface StreamStart {
  readonly after: string | undefined
  readonly last: number
}

/** The gateway as the admin listener sees it. Control verbs answer as soon as the work is ordered. */
export interface AdminSource {
  status(): GatewayStatus
  /** The same with what instances hold of memory, which takes a moment. */
  measured(): Promise<GatewayStatus>
  /** False before everything listens and from the moment a drain begins. */
  ready(): boolean
  /** All metrics, in the format that fits the Accept field of a scrape. */
  metrics(accept: string): Exposed
  /** Of all functions, or of one without what concerns the gateway as a whole. */
  events(fn: string | undefined, from: StreamStart): Reading
  /** Finished requests one by one, of all functions or of one. */
  requests(fn: string | undefined, from: StreamStart): Reading
  /** What a dashboard shows, as far as it has changed after the revision `since`. */
  overview(since: string | undefined, full: boolean): OverviewAnswer
  /** What a function prints; undefined when there is none of this name. */
  output(fn: string, from: StreamStart): Reading | undefined
  /** Has an instance started or resumed, as a request would. */
  wake(fn: string): Promise<ControlResult>
  /** Keeps one awake for `forMs`; 0 ends that. */
  warm(fn: string, forMs: number): Promise<ControlResult>
  /** Undefined when `host` or `path` is none. */
  explain(host: string, path: string): RouteExplanation | undefined
  /** Pauses what is idle now. */
  pause(fn: string): Promise<ControlResult>
  /** Drains and stops every instance; the next request wakes the function again. */
  stop(fn: string): Promise<ControlResult>
  /** Reads the configuration again; a mistake changes nothing and is the message. */
  reload(): Promise<ControlResult>
}

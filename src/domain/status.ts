/**
 * What one function looks like right now, for people and machines: the answer of `/api/v1/functions`, of
 * `coldfront ps` and the source of the gauges. Plain values; nothing here holds a value of an environment.
 */

import type { WakePhase, WakePhases, WokenBy } from './admission.ts'
import type { IdleWindows } from './idle-policy.ts'
import type { FunctionId, InstanceId, RevisionId, RunId } from './ids.ts'
import type { RuntimeName } from './function.ts'
import type { State } from './state.ts'

/**
 * One word for the whole function. `cold`: a request would start an instance. `paused`: it would resume one.
 * `waking`: one is on its way. `ready`: one can be leased or is full. `backoff`: the last start failed and
 * the next one has to wait.
 */
export type Condition = 'cold' | 'paused' | 'waking' | 'ready' | 'backoff'

export interface InstanceStatus {
  readonly id: InstanceId
  readonly state: State
  readonly revision: RevisionId
  /** Since it was made or adopted, in ms. */
  readonly ageMs: number
  readonly inFlight: number
  /** Since the last lease was taken or given back, in ms; undefined when it never had one. */
  readonly lastUsedMs: number | undefined
  /** As `showEndpoint` writes it; undefined while it does not run. */
  readonly endpoint: string | undefined
  /** Undefined while it does not run. */
  readonly run: RunId | undefined
  /** Of all its processes, in bytes; left out where it was not read, undefined where the runtime does not tell. */
  readonly memoryBytes?: number | undefined
}

/** What a wake was for. */
export interface WakeCause {
  readonly why: 'request' | 'minimum' | 'operator' | 'spare'
  readonly by?: WokenBy
}

/** The newest wake that ended in ready. */
export interface WakeStatus {
  readonly kind: 'cold' | 'resumed'
  /** In ms. */
  readonly totalMs: number
  readonly phases: WakePhases
  /** Wall clock, ms since the epoch. */
  readonly at: number
  /** Left out for an instance that nobody woke: another one was added, or it was found running. */
  readonly cause?: WakeCause
}

/** The newest failure of the function. */
export interface FailureStatus {
  /** Wall clock, ms since the epoch. */
  readonly at: number
  /** A stable word: `RuntimeFailure`, or a word of the life cycle. */
  readonly reason: string
  readonly message: string
  /** Last lines of output, oldest first. For those with the token or the unix socket only. */
  readonly log: readonly string[]
}

/** What all functions take of the host's budget together. */
export interface BudgetStatus {
  /** Instances that run, are paused, or are on their way. */
  readonly instances: number
  readonly instancesMax: number
  /** What these count as, in bytes: their limits, not what they use. */
  readonly memoryBytes: number
  /** Left out: memory is not looked at. */
  readonly memoryMaxBytes?: number
  /** Functions in line for room. */
  readonly waiting: number
}

/** What of a function is a metric: cheap to make, since a scrape asks for that of all. */
export interface FunctionGauges {
  readonly id: FunctionId
  readonly instances: readonly { readonly state: State }[]
  readonly inFlight: number
  readonly waiters: number
  readonly backoffMs: number
}

export interface FunctionStatus {
  readonly id: FunctionId
  readonly runtime: RuntimeName
  /** The revision that new instances get. */
  readonly revision: RevisionId
  /** As `showRoute` writes them; empty for a function that only takes what nobody else has. */
  readonly hosts: readonly string[]
  readonly condition: Condition
  readonly instances: readonly InstanceStatus[]
  readonly inFlight: number
  readonly waiters: number
  readonly lastWake: WakeStatus | undefined
  /** Until the next start may be tried, in ms; 0 when it may be now. */
  readonly backoffMs: number
  readonly lastError: FailureStatus | undefined
  /** `off`: pausing failed too often, idle instances are stopped instead. */
  readonly pauseTier: 'on' | 'off'
  /** With `idle.policy: adaptive`, what is in use now; left out otherwise. */
  readonly windows?: IdleWindows | undefined
  /** Kept awake by an operator until then: wall clock, ms since the epoch; undefined when it is not. */
  readonly warmUntil: number | undefined
  /** Why a changed revision is not serving yet, in words; undefined when there is nothing to say. */
  readonly problem: string | undefined
}

/** What a pool knows of its function. */
export type PoolStatus = Omit<FunctionStatus, 'warmUntil'>

const WAKING: ReadonlySet<State> = new Set(['new', 'starting', 'probing', 'resuming'])

/** The best that any instance offers decides; without one, whether a start may be tried. */
export function conditionOf(states: readonly State[], backoffMs: number): Condition {
  if (states.includes('ready')) return 'ready'
  if (states.some((state) => WAKING.has(state))) return 'waking'
  if (states.includes('paused') || states.includes('pausing')) return 'paused'
  return backoffMs > 0 ? 'backoff' : 'cold'
}

/** Which function answers for a host and a path, and why. */
export interface RouteExplanation {
  readonly host: string
  readonly path: string
  /** What decided: the host itself, a wildcard, `default:`; or nothing leads anywhere. */
  readonly by: 'exact' | 'wildcard' | 'default' | 'nothing'
  readonly function: string | undefined
  /** The host route that matched, as `showRoute` writes it. */
  readonly route: string | undefined
}

/** How far a wake has come; `wanted`: somebody asked for an instance that is not there yet. */
export function wakePhaseOf(
  states: readonly State[],
  { wanted, backoffMs }: { wanted: boolean; backoffMs: number },
): WakePhase {
  const condition = conditionOf(states, backoffMs)
  if (condition === 'ready' || condition === 'paused') return 'ready'
  if (states.includes('probing') || states.includes('resuming')) return 'probing'
  if (states.includes('starting')) return 'starting'
  if (condition === 'backoff') return 'failed'
  return wanted || condition === 'waking' ? 'queued' : 'asleep'
}

/** A host route as people write it: the path only where it says something. */
export const showRoute = (route: { readonly host: string; readonly path: string }): string =>
  route.path === '/' ? route.host : route.host + route.path

/** What a pool remembers and tells: wake history, last failure, backoff, events, status. It decides nothing. */

import type { Refusal, Waiter, WakeProgress, WokenBy } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { IdleWindows } from '../domain/idle-policy.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { FunctionId, InstanceId, RevisionId } from '../domain/ids.ts'
import type { EventName, State } from '../domain/state.ts'
import { LIMITS } from '../domain/limits.ts'
import {
  type FailureStatus,
  type PoolStatus,
  type WakeCause,
  type WakeStatus,
  conditionOf,
  showRoute,
  wakePhaseOf,
} from '../domain/status.ts'
import type { Clock } from '../lib/clock.ts'
import type { Events } from '../telemetry/events.ts'
import { SUPPRESSED, Suppressions } from '../telemetry/suppressions.ts'
import { WakeHistory } from '../telemetry/wake-history.ts'
import { Backoff } from './backoff.ts'
import { Endings } from './endings.ts'
import { type Failure, failureOfExit } from './failure.ts'
import type { Instance } from './instance.ts'
import type { Holding } from './waiters.ts'

/** Left from one of these, an instance has stopped; from the others it never ran, or had stopped already. */
const HAD_RUN: ReadonlySet<State> = new Set([
  'probing',
  'ready',
  'pausing',
  'paused',
  'resuming',
  'draining',
  'stopping',
])

export class PoolRecord implements Holding {
  readonly fn: FunctionId
  #revision: RevisionId
  readonly #events: Events
  readonly #clock: Clock
  readonly history = new WakeHistory()
  readonly #backoff = new Backoff()
  readonly #endings = new Endings()
  readonly #suppressions: Suppressions
  /** Monotonic ms. */
  #wokeAt: number
  #cause: WakeCause | undefined
  #lastWake: WakeStatus | undefined
  #lastError: FailureStatus | undefined
  /** Why a changed revision does not serve yet. */
  #problem: string | undefined

  constructor(fn: FunctionSpec, events: Events, clock: Clock) {
    this.fn = fn.id
    this.#revision = fn.revision
    this.#events = events
    this.#clock = clock
    this.#wokeAt = clock.now()
    this.#suppressions = new Suppressions((about) =>
      events.emit({ k: 'suppressed', at: clock.wall(), fn: fn.id, ...about }),
    )
  }

  get revision(): RevisionId {
    return this.#revision
  }

  get backoffMs(): number {
    return this.#backoff.leftMs(this.#clock.now())
  }

  /** The function's own median cold start, or a guess before the first. */
  get medianWakeMs(): number {
    return this.history.median('cold') ?? LIMITS.patienceGuessMs
  }

  /** Another revision: what the one before failed at is not held against it. */
  revised(revision: RevisionId): void {
    this.#revision = revision
    this.#problem = undefined
    this.#backoff.succeeded()
  }

  /** How long a waiter may wait. Before the first wake: as long as a start may take. */
  holdMs({ hold, start, readiness }: FunctionSpec): number {
    if (!hold.auto) return hold.timeoutMs
    const { factor, minMs } = LIMITS.autoHold
    const history = this.history
    const slow = Math.max(
      history.quantile('cold', 0.99) ?? 0,
      history.quantile('resumed', 0.99) ?? 0,
    )
    const wanted = slow > 0 ? slow * factor : start.timeoutMs + readiness.timeoutMs
    return Math.min(Math.max(wanted, minMs), hold.timeoutMs)
  }

  /** For those who wait outside. */
  progress(states: readonly State[], wanted: boolean): WakeProgress {
    const retryAfterMs = this.backoffMs
    return {
      phase: wakePhaseOf(states, { wanted, backoffMs: retryAfterMs }),
      elapsedMs: this.#clock.now() - this.#wokeAt,
      usualMs: this.history.median('cold'),
      slowMs: this.history.quantile('cold', 0.9),
      retryAfterMs,
    }
  }

  woke(why: WakeCause['why'], by?: WokenBy): void {
    this.#wokeAt = this.#clock.now()
    this.#cause = { why, ...(by && { by }) }
    this.#events.emit({ k: 'woke', at: this.#clock.wall(), fn: this.fn, ...this.#cause })
  }

  held({ by }: Waiter): void {
    this.#events.emit({ k: 'held', at: this.#clock.wall(), fn: this.fn, ...(by && { by }) })
  }

  released(about: { requests: number; heldMs: number }): void {
    this.#events.emit({ k: 'released', at: this.#clock.wall(), fn: this.fn, ...about })
  }

  /** A waiter was not taken, or has to make room. */
  refused(code: ErrorCode, { waiter, waiting }: { waiter?: Waiter; waiting: number }): void {
    const reason = SUPPRESSED[code]
    if (reason && waiter) return this.#suppressions.add(reason, waiter, this.#clock.now())
    const at = this.#clock.wall()
    this.#events.emit({ k: 'refused', at, fn: this.fn, code, waiters: waiting })
  }

  alarm(instance: InstanceId, what: string): void {
    this.#events.emit({ k: 'alarm', at: this.#clock.wall(), fn: this.fn, instance, what })
  }

  /** A waiter threw: a fault of the gateway, told and kept to that one request. */
  fault(error: unknown): void {
    const message = `a held request of ${this.fn} failed: ${String(error)}`
    this.#events.emit({ k: 'notice', at: this.#clock.wall(), level: 'error', message })
  }

  /** An instance went from one state to another. */
  moved(instance: Instance, from: State, event: EventName): void {
    const common = { at: this.#clock.wall(), fn: this.fn, instance: instance.id }
    const to = instance.state
    this.#events.emit({ ...common, k: 'state', revision: instance.fn.revision, from, to, event })
    if (event === 'Started' && to === 'probing') this.#events.emit({ ...common, k: 'started' })
    const { probe: probeMs, probe_slack: slackMs, resume: resumeMs } = instance.commands.phases
    if (event === 'ProbePassed') this.#events.emit({ ...common, k: 'probed', probeMs, slackMs })
    if (event === 'Resumed') this.#events.emit({ ...common, k: 'resumed', resumeMs })
    if (to === 'paused') this.#events.emit({ ...common, k: 'paused' })
    const why = this.#endings.moved(instance.id, to, event)
    if (why !== undefined && HAD_RUN.has(from)) this.#stopped(instance, why, event)
    if (to === 'ready' && instance.readyBy !== 'queued') this.#ready(instance, instance.readyBy)
  }

  /** One that served is no failed start when it reaches its memory limit, but the operator has to know. */
  #stopped(instance: Instance, why: string, event: EventName): void {
    const at = this.#clock.wall()
    const about = { k: 'stopped', at, fn: this.fn, instance: instance.id } as const
    const { reason, message, log } = failureOfExit(instance.exit, instance.fn)
    if (event !== 'Exited' || reason !== 'oom_killed') return this.#events.emit({ ...about, why })
    this.#lastError = { at, reason, message, log }
    this.#events.emit({ ...about, why: 'out of memory', problem: message })
  }

  #ready(instance: Instance, by: 'cold' | 'resumed'): void {
    const at = this.#clock.wall()
    const { phases } = instance.commands
    const totalMs = instance.wakeMs
    // That an old revision was thawed says nothing of the new one.
    if (instance.fn.revision === this.#revision) {
      this.#backoff.succeeded()
      this.#problem = undefined
    }
    this.history.record(by, totalMs, phases)
    // Told once: what is made on top of a wake was not woken by its request.
    this.#lastWake = { kind: by, totalMs, phases, at, ...(this.#cause && { cause: this.#cause }) }
    this.#cause = undefined
    this.#events.emit({ k: 'ready', at, fn: this.fn, instance: instance.id, by, phases, totalMs })
  }

  /** Notes a failure; `charged` begins or extends the backoff. Returns its length in ms. */
  failed(instance: Instance, failure: Failure, { charged }: { charged: boolean }): number {
    const now = this.#clock.now()
    const backoffMs = charged ? this.#backoff.failed(now) : 0
    if (!charged) this.#backoff.postpone(now, LIMITS.engineRetryMs)
    const { reason, message } = failure
    if (charged) this.#problem = `revision ${instance.fn.revision}: ${message}`
    const at = this.#clock.wall()
    const tell = (log: readonly string[]): void => {
      this.#lastError = { at, reason, message, log }
      this.#events.emit({
        k: 'failed',
        at,
        fn: this.fn,
        instance: instance.id,
        reason,
        message,
        log,
        backoffMs,
      })
    }
    this.#lastError = { at, reason, message, log: failure.log }
    if (failure.log.length > 0) tell(failure.log)
    else void instance.commands.logs().then(tell)
    return backoffMs
  }

  /** Why a new waiter is not taken; undefined: it may wait. `serving`: somebody serves or is about to. */
  refusal(
    fn: FunctionSpec,
    { waiter, waiting, serving }: { waiter: Waiter; waiting: number; serving: boolean },
  ): Refusal | undefined {
    if (waiting >= fn.hold.waiters) return { code: 'QUEUE_FULL', retryAfterMs: LIMITS.fullRetryMs }
    if (serving) return undefined
    if (this.#backoff.isCharged && this.backoffMs > 0)
      return { code: 'START_BACKOFF', retryAfterMs: this.backoffMs, ...this.#lastCause() }
    return waiting > 0 ? undefined : waiter.mayWake?.()
  }

  /** What a waiter is told whose time is up. `full`: there was an instance, but no room in it; `noRoom`: none on the host. */
  expired({ away, full, noRoom }: { away: boolean; full: boolean; noRoom: boolean }): Refusal {
    if (away) return { code: 'RUNTIME_AWAY', retryAfterMs: LIMITS.engineRetryMs }
    if (noRoom && !full) return { code: 'HOST_FULL', retryAfterMs: LIMITS.fullRetryMs }
    return { code: full ? 'HOLD_TIMEOUT' : 'START_TIMEOUT', ...this.#lastCause() }
  }

  /** The last failure, for the log line of a refused request. */
  #lastCause(): { cause?: string } {
    return this.#lastError ? { cause: `${this.#lastError.reason}: ${this.#lastError.message}` } : {}
  }

  status(of: {
    fn: FunctionSpec
    instances: readonly Instance[]
    waiters: number
    pauseTier: 'on' | 'off'
    windows: IdleWindows | undefined
  }): PoolStatus {
    const now = this.#clock.now()
    const serving = of.instances.some((i) => i.state === 'ready')
    return {
      id: of.fn.id,
      runtime: of.fn.runtime,
      revision: of.fn.revision,
      hosts: of.fn.routes.map(showRoute),
      condition: conditionOf(
        of.instances.map((i) => i.state),
        this.backoffMs,
      ),
      instances: of.instances.map((i) => i.status(now)),
      inFlight: of.instances.reduce((sum, i) => sum + i.inFlight, 0),
      waiters: of.waiters,
      lastWake: this.#lastWake,
      backoffMs: this.backoffMs,
      lastError: this.#lastError,
      pauseTier: of.pauseTier,
      windows: of.windows,
      problem: serving ? this.#problem : undefined,
    }
  }
}

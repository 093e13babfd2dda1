/** Everything counted for one function. Series exist from first use; recording a request allocates nothing after that. */

import { DurationSeries } from './duration-series.ts'
import type { StartKind, WakePhases } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { RequestRecord, SuppressedBy } from './events.ts'
import { RecentRequests } from './recent-requests.ts'
import { SUPPRESSED } from './suppressions.ts'

type StartLabel = StartKind | 'none'
type PhaseLabel = keyof WakePhases | 'overhead'
const WAKE_OUTCOMES = ['cold', 'resumed', 'failed'] as const
type WakeOutcome = (typeof WAKE_OUTCOMES)[number]

/** By the hundreds of the status; 0 stands for no answer. */
const CODE_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** The requests that met the same kind of start. */
class StartSeries {
  readonly #byClass = new Float64Array(CODE_CLASSES.length)
  readonly duration = new DurationSeries()
  readonly hold = new DurationSeries()

  record(r: RequestRecord): void {
    const i = Math.min(Math.trunc(r.status / 100), CODE_CLASSES.length - 1)
    this.#byClass[i] = (this.#byClass[i] ?? 0) + 1
    const of = exampleOf(r, r.totalMs)
    this.hold.record(r.holdMs, of)
    if (!r.upgraded) this.duration.record(r.totalMs, of)
  }

  /** Classes that occurred. */
  *classes(): Generator<readonly [codeClass: string, count: number]> {
    for (const [i, codeClass] of CODE_CLASSES.entries()) {
      const count = this.#byClass[i] ?? 0
      if (count > 0) yield [codeClass, count]
    }
  }
}

export class FunctionSeries {
  readonly starts = new Map<StartLabel, StartSeries>()
  readonly phases = new Map<PhaseLabel, DurationSeries>()
  readonly wakes = new Map<WakeOutcome, number>()
  readonly suppressed = new Map<SuppressedBy, number>()
  readonly errors = new Map<ErrorCode, number>()
  readonly failures = new Map<string, number>()
  /** States that an instance was seen in: their gauge goes to 0, it does not vanish. */
  readonly states = new Set<string>()
  alarms = 0
  /** Instances that ended to make room for others. */
  evictions = 0
  readonly recent = new RecentRequests()
  /** When the traced request came that a wake is told by: of those that waited for it the first, which caused it. */
  readonly #causedAt = new WeakMap<WakePhases, number>()

  moved({ to, event }: { readonly to: string; readonly event: string }): void {
    this.states.add(to)
    if (event === 'Evicted') this.evictions += 1
  }

  request(r: RequestRecord): void {
    const start = r.start ?? 'none'
    let series = this.starts.get(start)
    if (!series) this.starts.set(start, (series = new StartSeries()))
    series.record(r)
    this.recent.count(r)
    if (r.wake) this.#held(r, r.wake)
    if (r.error === undefined) return
    count(this.errors, r.error)
    const reason = SUPPRESSED[r.error]
    if (reason) count(this.suppressed, reason)
  }

  /** A wake that ended in ready. */
  ready(by: 'cold' | 'resumed', phases: WakePhases): void {
    this.#woke(by)
    for (const [phase, ms] of countedOf(by, phases)) this.#phase(phase).record(ms)
  }

  /** A request that waited for a wake, which was counted when it ended in ready. */
  #held(r: RequestRecord, wake: WakePhases): void {
    const of = exampleOf(r, r.holdMs)
    this.#phase('overhead').record(r.overheadMs, of)
    if (!of || r.at >= (this.#causedAt.get(wake) ?? Infinity)) return
    this.#causedAt.set(wake, r.at)
    const by = r.start === 'resumed' ? 'resumed' : 'cold'
    for (const [phase, ms] of countedOf(by, wake)) this.#phase(phase).exemplify(ms, of)
  }

  failed(cause: string): void {
    this.#woke('failed')
    count(this.failures, cause)
  }

  /** With the first wake all outcomes are there: a failure that is a first sample would be no increase. */
  #woke(outcome: WakeOutcome): void {
    if (this.wakes.size === 0) for (const each of WAKE_OUTCOMES) this.wakes.set(each, 0)
    count(this.wakes, outcome)
  }

  #phase(phase: PhaseLabel): DurationSeries {
    let series = this.phases.get(phase)
    if (!series) this.phases.set(phase, (series = new DurationSeries()))
    return series
  }
}

/** The request as an example of what was over `afterMs` after its arrival; undefined where it is not traced. */
const exampleOf = ({ trace, at }: RequestRecord, afterMs: number) =>
  trace && { traceId: trace.traceId, at: at + afterMs }

/** A phase that did not happen is not counted: a resume has no probe. */
const countedOf = (by: 'cold' | 'resumed', phases: WakePhases) =>
  (Object.entries(phases) as [keyof WakePhases, number][]).filter(
    ([phase, ms]) => ms > 0 || (by === 'cold' && ALWAYS_COLD.has(phase)),
  )

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Every cold start has these, however short. */
const ALWAYS_COLD: ReadonlySet<keyof WakePhases> = new Set([
  'queued_start',
  'start',
  'probe',
  'probe_slack',
])

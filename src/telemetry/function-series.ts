/** Everything counted for one function. Series exist from first use; recording a request allocates nothing after that. */

import { DurationSeries } from './duration-series.ts'
import type { StartKind, WakePhases } from '../domain/admission.ts'
import type { RequestRecord, SuppressedBy } from './events.ts'
import { SUPPRESSED } from './suppressions.ts'

type StartLabel = StartKind | 'none'
type PhaseLabel = keyof WakePhases | 'overhead'
type WakeOutcome = 'cold' | 'resumed' | 'failed'

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
    this.hold.record(r.holdMs)
    if (!r.upgraded) this.duration.record(r.totalMs)
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
  /** States that an instance was seen in: their gauge goes to 0, it does not vanish. */
  readonly states = new Set<string>()
  alarms = 0

  request(r: RequestRecord): void {
    const start = r.start ?? 'none'
    let series = this.starts.get(start)
    if (!series) this.starts.set(start, (series = new StartSeries()))
    series.record(r)
    if (r.wake) this.#phase('overhead', r.overheadMs)
    const reason = r.error && SUPPRESSED[r.error]
    if (reason) this.suppressed.set(reason, (this.suppressed.get(reason) ?? 0) + 1)
  }

  /** A wake that ended in ready. A phase that did not happen is not counted, a resume has no probe. */
  ready(by: 'cold' | 'resumed', phases: WakePhases): void {
    this.#woke(by)
    for (const [phase, ms] of Object.entries(phases) as [keyof WakePhases, number][]) {
      if (ms > 0 || (by === 'cold' && ALWAYS_COLD.has(phase))) this.#phase(phase, ms)
    }
  }

  failed(): void {
    this.#woke('failed')
  }

  #woke(outcome: WakeOutcome): void {
    this.wakes.set(outcome, (this.wakes.get(outcome) ?? 0) + 1)
  }

  #phase(phase: PhaseLabel, ms: number): void {
    let series = this.phases.get(phase)
    if (!series) this.phases.set(phase, (series = new DurationSeries()))
    series.record(ms)
  }
}

/** Every cold start has these, however short. */
const ALWAYS_COLD: ReadonlySet<keyof WakePhases> = new Set([
  'queued_start',
  'start',
  'probe',
  'probe_slack',
])

/**
 * The metrics: a subscriber that counts, and the text that Prometheus scrapes. Gauges are read from the
 * pools at scrape, never counted along. The series of a function that is gone go with it.
 */

import { EventLoopLag } from './event-loop.ts'
import { FunctionSeries } from './function-series.ts'
import { PROCESS_SOURCES } from './process-samples.ts'
import { TYPES, exposition, formatFor, one } from './exposition.ts'
import { LIMITS } from '../domain/limits.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { FunctionId } from '../domain/ids.ts'
import type { BudgetStatus, FunctionGauges } from '../domain/status.ts'
import type { RequestRecord, Subscriber, TelemetryEvent } from './events.ts'
import type { RecentRequests } from './recent-requests.ts'
import type { Format, Sample, Sources } from './exposition.ts'

export interface MetricsParts {
  readonly version: string
  /** All functions that exist, as they are when they are asked for. */
  readonly functions: () => Iterable<FunctionGauges>
  readonly budget: () => BudgetStatus
  readonly runtimes: () => readonly { readonly name: string; readonly up: boolean }[]
  readonly logDropped: () => number
  readonly subscriberFaults: () => number
  readonly eventsLost: () => number
  readonly hooks: { readonly delivered: number; readonly lost: number }
  readonly spans: { readonly sent: number; readonly lost: number }
}

/** The page of metrics, on its way. */
export interface Exposed {
  readonly type: string
  readonly pieces: AsyncIterable<string>
}

/** The bounds of a function that are metrics. */
export type Bounds = Pick<FunctionSpec, 'id' | 'hold' | 'instances'>

/** Function names have no underscore. */
const NO_FUNCTION = '_none'

export class Metrics implements Subscriber {
  readonly #parts: MetricsParts
  readonly #lag = new EventLoopLag()
  readonly #series = new Map<string, FunctionSeries>()
  readonly #sources: Sources
  // There from the beginning: a first failure that is also a first sample would be no increase.
  readonly #reloads = new Map([
    ['done', 0],
    ['failed', 0],
  ])
  #bounds: ReadonlyMap<string, Bounds> = new Map()

  constructor(parts: MetricsParts) {
    this.#parts = parts
    this.#sources = this.#makeSources()
  }

  request(r: RequestRecord): void {
    this.#of(r.fn ?? NO_FUNCTION).request(r)
  }

  event(e: TelemetryEvent): void {
    if (e.k === 'ready') this.#of(e.fn).ready(e.by, e.phases)
    else if (e.k === 'failed') this.#of(e.fn).failed(e.reason)
    else if (e.k === 'alarm') this.#of(e.fn).alarms += 1
    else if (e.k === 'state') this.#of(e.fn).moved(e)
    else if (e.k === 'reloaded') this.#reloaded('done')
    else if (e.k === 'reload_failed') this.#reloaded('failed')
  }

  /** The functions as they are declared now. */
  apply(functions: readonly Bounds[]): void {
    this.#bounds = new Map(functions.map((fn) => [fn.id, fn]))
  }

  /** All of it, for a scrape that accepts this. Series of functions that no longer exist are dropped first. */
  expose(accept = ''): Exposed {
    const format = formatFor(accept)
    return { type: TYPES[format], pieces: this.#page(format) }
  }

  async *#page(format: Format): AsyncGenerator<string> {
    const known = new Set<string>()
    for (const gauges of this.#parts.functions()) {
      known.add(gauges.id)
      this.#firstUse(gauges)
      // An empty piece is a turn of the event loop, too.
      if (known.size % LIMITS.metricsFunctionsPerTurn === 0) yield ''
    }
    for (const fn of this.#series.keys()) {
      if (fn !== NO_FUNCTION && !known.has(fn)) this.#series.delete(fn)
    }
    yield* exposition(this.#sources, format)
  }

  /** What a function did lately; undefined before its first request. */
  recent(fn: FunctionId): RecentRequests | undefined {
    return this.#series.get(fn)?.recent
  }

  /** Drops the series of a removed function at once, instead of at the next scrape. */
  forget(fn: FunctionId): void {
    this.#series.delete(fn)
  }

  close(): void {
    this.#lag.close()
  }

  /** Adopted instances make a function known before its first request. */
  #firstUse({ id, instances, waiters }: FunctionGauges): void {
    for (const { state } of instances) this.#of(id).states.add(state)
    if (waiters > 0) this.#of(id)
  }

  #of(fn: string): FunctionSeries {
    let series = this.#series.get(fn)
    if (!series) this.#series.set(fn, (series = new FunctionSeries()))
    return series
  }

  #reloaded(outcome: 'done' | 'failed'): void {
    this.#reloads.set(outcome, (this.#reloads.get(outcome) ?? 0) + 1)
  }

  #makeSources(): Sources {
    const { version, logDropped, subscriberFaults, eventsLost, hooks, spans, runtimes, budget } =
      this.#parts
    return {
      coldfront_requests_total: () => this.#requests(),
      coldfront_request_duration_seconds: () => this.#starts('duration'),
      coldfront_hold_seconds: () => this.#starts('hold'),
      coldfront_start_phase_seconds: () => this.#perFunction('phases', 'phase'),
      coldfront_wakes_total: () => this.#perFunction('wakes', 'outcome'),
      coldfront_wakes_suppressed_total: () => this.#perFunction('suppressed', 'reason'),
      coldfront_start_failures_total: () => this.#perFunction('failures', 'cause'),
      coldfront_errors_total: () => this.#perFunction('errors', 'error'),
      coldfront_backoff_seconds: () => this.#gauge(({ backoffMs }) => backoffMs / 1_000),
      coldfront_runtime_up: () =>
        runtimes().map(({ name, up }) => ({ labels: { runtime: name }, value: Number(up) })),
      coldfront_reloads_total: () =>
        [...this.#reloads].map(([outcome, value]) => ({ labels: { outcome }, value })),
      coldfront_alarms_total: () => this.#counted('alarms'),
      coldfront_evictions_total: () => this.#counted('evictions'),
      coldfront_instances: () => this.#instances(),
      coldfront_instances_max: () => this.#bound(({ instances }) => instances.max),
      coldfront_waiters_max: () => this.#bound(({ hold }) => hold.waiters),
      coldfront_waiters: () => this.#gauge(({ waiters }) => waiters),
      coldfront_in_flight: () => this.#gauge(({ inFlight }) => inFlight),
      coldfront_budget_instances: () => one(budget().instances),
      coldfront_budget_instances_max: () => one(budget().instancesMax),
      coldfront_budget_memory_bytes: () => one(budget().memoryBytes),
      coldfront_budget_memory_max_bytes: () => {
        const { memoryMaxBytes } = budget()
        return memoryMaxBytes === undefined ? [] : one(memoryMaxBytes)
      },
      coldfront_budget_waiting: () => one(budget().waiting),
      coldfront_event_loop_lag_seconds: () =>
        [...this.#lag.take()].map(([quantile, value]) => ({ labels: { quantile }, value })),
      coldfront_log_dropped_total: () => one(logDropped()),
      coldfront_events_lost_total: () => one(eventsLost()),
      coldfront_hook_delivered_total: () => one(hooks.delivered),
      coldfront_hook_lost_total: () => one(hooks.lost),
      coldfront_spans_sent_total: () => one(spans.sent),
      coldfront_spans_lost_total: () => one(spans.lost),
      coldfront_subscriber_faults_total: () => one(subscriberFaults()),
      coldfront_build_info: () => [{ labels: { version, nodejs: process.version }, value: 1 }],
      ...PROCESS_SOURCES,
    }
  }

  *#requests(): Generator<Sample> {
    for (const [fn, { starts }] of this.#series) {
      for (const [start, series] of starts) {
        for (const [code_class, value] of series.classes()) {
          yield { labels: { function: fn, start, code_class }, value }
        }
      }
    }
  }

  *#starts(which: 'duration' | 'hold'): Generator<Sample> {
    for (const [fn, { starts }] of this.#series) {
      for (const [start, series] of starts) {
        yield { labels: { function: fn, start }, value: series[which] }
      }
    }
  }

  *#perFunction(
    which: 'phases' | 'wakes' | 'suppressed' | 'failures' | 'errors',
    label: 'phase' | 'outcome' | 'reason' | 'cause' | 'error',
  ): Generator<Sample> {
    for (const [fn, series] of this.#series) {
      for (const [name, value] of series[which]) {
        yield { labels: { function: fn, [label]: name }, value }
      }
    }
  }

  *#counted(what: 'alarms' | 'evictions'): Generator<Sample> {
    for (const [fn, series] of this.#series)
      if (fn !== NO_FUNCTION) yield { labels: { function: fn }, value: series[what] }
  }

  *#instances(): Generator<Sample> {
    for (const { id, instances } of this.#parts.functions()) {
      for (const state of this.#series.get(id)?.states ?? []) {
        const value = instances.filter((instance) => instance.state === state).length
        yield { labels: { function: id, state }, value }
      }
    }
  }

  *#bound(read: (bounds: Bounds) => number): Generator<Sample> {
    for (const fn of this.#series.keys()) {
      const bounds = this.#bounds.get(fn)
      if (bounds) yield { labels: { function: fn }, value: read(bounds) }
    }
  }

  *#gauge(read: (gauges: FunctionGauges) => number): Generator<Sample> {
    for (const gauges of this.#parts.functions()) {
      if (this.#series.has(gauges.id))
        yield { labels: { function: gauges.id }, value: read(gauges) }
    }
  }
}

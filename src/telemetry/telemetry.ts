/** The stream of events with all that listens to it for as long as the gateway runs: log, metrics, readers, hooks. */

import type { HookSpec } from '../domain/hook.ts'
import type { BudgetStatus, FunctionGauges } from '../domain/status.ts'
import type { TraceSpec } from '../domain/trace.ts'
import type { Clock } from '../lib/clock.ts'
import type { FillRandom } from '../lib/random-hex.ts'
import { EventRing } from './event-ring.ts'
import { Events, type Subscriber } from './events.ts'
import { postToHook } from './hook-post.ts'
import { Hooks } from './hooks.ts'
import { type Bounds, Metrics } from './metrics.ts'
import { OutputRing } from './output-ring.ts'
import { RequestTail } from './request-tail.ts'
import { Traces } from './traces/traces.ts'

export interface TelemetryParts {
  readonly clock: Clock
  /** A subscriber; lines it had to drop are a metric. */
  readonly log: Subscriber & { readonly dropped: number }
  readonly version: string
  /** All functions that exist, as they are when they are asked for. */
  readonly functions: () => Iterable<FunctionGauges>
  readonly budget: () => BudgetStatus
  readonly runtimes: () => readonly { readonly name: string; readonly up: boolean }[]
  /** For the ids of spans. */
  readonly fillRandom: FillRandom
}

/** What of the configuration concerns it. */
export interface TelemetryOptions {
  readonly functions: readonly Bounds[]
  readonly hooks: readonly HookSpec[]
  readonly traces: TraceSpec | undefined
}

export class Telemetry {
  readonly events = new Events()
  /** What is told outside, numbered. */
  readonly ring: EventRing
  readonly output: OutputRing
  readonly metrics: Metrics
  /** Requests one by one, while somebody watches. */
  readonly requests: RequestTail
  readonly #hooks: Hooks
  readonly #traces: Traces

  constructor(parts: TelemetryParts) {
    const { clock, log, version, functions, budget, runtimes, fillRandom } = parts
    const { events } = this
    const hooks = new Hooks({ clock, events, version, post: postToHook })
    this.#hooks = hooks
    this.#traces = new Traces({ clock, events, version, fillRandom })
    this.ring = new EventRing(clock.wall(), (event) => hooks.told(event))
    this.output = new OutputRing(clock.wall())
    this.requests = new RequestTail(events, clock)
    this.metrics = new Metrics({
      version,
      functions,
      budget,
      runtimes,
      hooks,
      spans: this.#traces.counts,
      logDropped: () => log.dropped,
      subscriberFaults: () => events.faults,
      eventsLost: () => this.ring.lost,
    })
    for (const subscriber of [log, this.ring, this.output, this.metrics])
      events.subscribe(subscriber)
  }

  /** The configuration as it is from now on. */
  apply({ functions, hooks, traces }: TelemetryOptions): void {
    this.output.retain(functions.map(({ id }) => id))
    this.metrics.apply(functions)
    this.#hooks.apply(hooks)
    this.#traces.apply(traces)
  }

  /** Hooks and traces get a moment for what is not told yet. */
  async close(): Promise<void> {
    await Promise.all([this.#hooks.close(), this.#traces.close()])
    this.metrics.close()
  }
}

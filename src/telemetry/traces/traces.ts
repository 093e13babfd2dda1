/**
 * Requests and wakes as OpenTelemetry spans: a subscriber while `traces:` is configured, nothing at all while it is
 * not. Spans go out in the background and are lost, with a count, where they cannot.
 */

import { LIMITS } from '../../domain/limits.ts'
import type { TraceSpec } from '../../domain/trace.ts'
import type { Clock } from '../../lib/clock.ts'
import { type FillRandom, RandomHex } from '../../lib/random-hex.ts'
import type { Events, RequestRecord, Subscriber, TelemetryEvent } from '../events.ts'
import { type SpanCounts, SpanOutlet } from './outlet.ts'
import { requestSpans } from './request-spans.ts'
import { Wakes } from './wakes.ts'

export interface TracesParts {
  readonly clock: Clock
  readonly events: Events
  readonly version: string
  readonly fillRandom: FillRandom
}

const TRACE_BYTES = 16
const SPAN_BYTES = 8

export class Traces implements Subscriber {
  readonly #parts: TracesParts
  readonly #random: RandomHex
  readonly #newId = (): string => this.#random.take(SPAN_BYTES)
  /** Since the start of the process. */
  readonly counts: SpanCounts = { sent: 0, lost: 0 }
  #spec: TraceSpec | undefined
  #wakes: Wakes
  #outlet: SpanOutlet | undefined
  #unsubscribe: (() => void) | undefined

  constructor(parts: TracesParts) {
    this.#parts = parts
    this.#random = new RandomHex(parts.fillRandom)
    this.#wakes = this.#newWakes()
  }

  /** The configuration as it is from now on; what was to be sent to another address still is. */
  apply(spec: TraceSpec | undefined): void {
    if (JSON.stringify(spec) === JSON.stringify(this.#spec)) return
    void this.#end()
    this.#spec = spec
    if (!spec) return
    const { clock, events, version } = this.#parts
    const warn = (message: string): void =>
      events.emit({ k: 'notice', at: clock.wall(), level: 'warn', message })
    this.#outlet = new SpanOutlet({ spec, version, clock, counts: this.counts, warn })
    this.#wakes = this.#newWakes()
    this.#unsubscribe = events.subscribe(this)
  }

  request(r: RequestRecord): void {
    if (!r.trace) return
    const wakes = this.#wakes
    const failed = r.start === undefined && r.error !== undefined ? wakes.failedFor(r) : undefined
    const waited = { woken: wakes.of(r), failed }
    for (const span of requestSpans(r, r.trace, { waited, newId: this.#newId }))
      this.#outlet?.push(span)
  }

  event(e: TelemetryEvent): void {
    if (e.k === 'state') this.#wakes.moved(e)
    else if (e.k === 'ready') this.#wakes.ready(e)
    else if (e.k === 'failed') this.#wakes.failed(e)
  }

  /** Waits for what is still to be sent, for `traceCloseMs` at the most. */
  async close(): Promise<void> {
    this.#spec = undefined
    await this.#end()
  }

  #end(): Promise<void> | undefined {
    this.#unsubscribe?.()
    const outlet = this.#outlet
    this.#outlet = this.#unsubscribe = undefined
    return outlet?.close(LIMITS.traceCloseMs)
  }

  #newWakes(): Wakes {
    const newTrace = () => ({ traceId: this.#random.take(TRACE_BYTES), spanId: this.#newId() })
    return new Wakes({ newTrace, newId: this.#newId, push: (span) => this.#outlet?.push(span) })
  }
}

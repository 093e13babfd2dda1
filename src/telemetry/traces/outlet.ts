/**
 * Where spans leave: a bounded queue in front of OpenTelemetry's exporter, which is loaded only when there is one.
 * Pushing never waits; what cannot be sent is counted, and said once until something can be sent again.
 */

import { LIMITS } from '../../domain/limits.ts'
import type { TraceSpec } from '../../domain/trace.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { shorten } from '../plain-text.ts'
import type { Span } from './span.ts'

export interface SpanCounts {
  sent: number
  lost: number
}

export interface OutletParts {
  readonly spec: TraceSpec
  readonly version: string
  readonly clock: Clock
  readonly counts: SpanCounts
  /** Says what is wrong, without what may be secret in the address. */
  readonly warn: (message: string) => void
}

/** OpenTelemetry's side. */
export interface Exporter {
  push(span: Span): void
  /** Sends what is left. Never rejects. */
  close(): Promise<void>
}

/** What the exporter tells of a batch that left the queue. */
export interface BatchEnd {
  readonly spans: number
  /** Undefined when it was taken. */
  readonly trouble: string | undefined
}

export class SpanOutlet {
  readonly #parts: OutletParts
  /** Of those that were pushed and did not leave in a batch. */
  #queued = 0
  #exporter: Exporter | undefined
  /** Until the exporter is loaded. */
  #early: Span[] = []
  readonly #loaded: Promise<void>
  #isWarned = false

  constructor(parts: OutletParts) {
    this.#parts = parts
    this.#loaded = this.#load()
  }

  push(span: Span): void {
    if (this.#queued >= LIMITS.traceQueueMax) return void (this.#parts.counts.lost += 1)
    this.#queued += 1
    if (this.#exporter) this.#exporter.push(span)
    else this.#early.push(span)
  }

  /** Sends what is queued, for `graceMs` at the most; the rest is lost. */
  async close(graceMs: number): Promise<void> {
    const sent = this.#loaded.then(() => this.#exporter?.close())
    await Promise.race([sent, sleep(this.#parts.clock, graceMs)])
  }

  async #load(): Promise<void> {
    const { spec, version } = this.#parts
    try {
      const { otlpExporter } = await import('./otlp.ts')
      const exporter = otlpExporter({
        spec,
        version,
        left: (spans) => void (this.#queued -= spans),
        ended: (end) => this.#ended(end),
      })
      for (const span of this.#early.splice(0)) exporter.push(span)
      this.#exporter = exporter
    } catch (error) {
      // All that come from now on are lost at once.
      this.#queued = LIMITS.traceQueueMax
      this.#ended({ spans: this.#early.splice(0).length, trouble: String(error) })
    }
  }

  #ended({ spans, trouble }: BatchEnd): void {
    const { counts, spec, warn } = this.#parts
    if (trouble === undefined) counts.sent += spans
    else counts.lost += spans
    if (trouble !== undefined && !this.#isWarned) {
      const origin = URL.parse(spec.endpoint)?.origin ?? 'its address'
      warn(`traces cannot be sent to ${origin} (${shorten(trouble)}); spans are lost and counted`)
    }
    this.#isWarned = trouble !== undefined
  }
}

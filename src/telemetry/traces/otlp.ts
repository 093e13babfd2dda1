/** Spans in OpenTelemetry's shape, batched by its processor and sent by its exporter. Imported only when traces are on. */

import { type HrTime, type Link, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { LIMITS } from '../../domain/limits.ts'
import type { TraceSpec } from '../../domain/trace.ts'
import type { BatchEnd, Exporter } from './outlet.ts'
import type { Span } from './span.ts'

export interface OtlpParts {
  readonly spec: TraceSpec
  readonly version: string
  /** So many left the queue. */
  readonly left: (spans: number) => void
  readonly ended: (end: BatchEnd) => void
}

/** Of a batch that was taken; the enumeration that has it is in a package of its own. */
const SUCCESS = 0

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const

/** The exporter, running. */
export function otlpExporter(parts: OtlpParts): Exporter {
  const { spec, version } = parts
  const resource = resourceFromAttributes({
    'service.name': spec.serviceName,
    'service.version': version,
  })
  const processor = new BatchSpanProcessor(counted(parts), {
    maxQueueSize: LIMITS.traceQueueMax,
    maxExportBatchSize: LIMITS.traceBatchMax,
    scheduledDelayMillis: LIMITS.traceEveryMs,
    exportTimeoutMillis: LIMITS.traceTimeoutMs + LIMITS.traceTimeoutSlackMs,
  })
  const common = {
    resource,
    ended: true,
    instrumentationScope: { name: 'coldfront', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
  return {
    push: (span) => processor.onEnd({ ...readable(span), ...common }),
    close: () => processor.shutdown().catch(() => undefined),
  }
}

/** OTLP's exporter, with an account of what becomes of each batch. */
function counted({ spec, left, ended }: OtlpParts): SpanExporter {
  const inner = new OTLPTraceExporter({
    url: spec.endpoint,
    headers: { ...spec.headers },
    timeoutMillis: LIMITS.traceTimeoutMs,
    // At the end all batches are sent at once.
    concurrencyLimit: Math.ceil(LIMITS.traceQueueMax / LIMITS.traceBatchMax) + 1,
  })
  return {
    export: (spans, done) => {
      left(spans.length)
      inner.export(spans, (result) => {
        const code: number = result.code
        const trouble = code === SUCCESS ? undefined : troubleOf(result.error)
        ended({ spans: spans.length, trouble })
        done(result)
      })
    },
    shutdown: () => inner.shutdown(),
  }
}

/** A code or a status; never what the other side wrote. */
function troubleOf(error: Error | undefined): string {
  const code = error && 'code' in error ? error.code : undefined
  if (typeof code === 'number') return `it answered ${code}`
  return typeof code === 'string' ? code : 'it did not answer'
}

type OwnPart = Omit<
  ReadableSpan,
  | 'resource'
  | 'ended'
  | 'instrumentationScope'
  | 'droppedAttributesCount'
  | 'droppedEventsCount'
  | 'droppedLinksCount'
>

function readable(span: Span): OwnPart {
  const { traceId, spanId, parentId } = span
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED }
  const links = span.links?.map((link): Link => ({
    context: { ...link, traceFlags: TraceFlags.SAMPLED },
  }))
  const moments = span.moments?.map(({ name, at }) => ({ name, time: hrTime(at) }))
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(parentId !== undefined && {
      parentSpanContext: { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED },
    }),
    startTime: hrTime(span.start),
    endTime: hrTime(span.end),
    duration: hrTime(span.end - span.start),
    status: { code: span.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: span.attributes ?? {},
    links: links ?? [],
    events: moments ?? [],
  }
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}

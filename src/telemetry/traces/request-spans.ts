/**
 * The spans of one finished request, from the numbers in its record: the request as its client saw it, and below it
 * hold with its phases, connect, upstream. Names and attributes are OpenTelemetry's conventions for HTTP servers.
 */

import { ERRORS } from '../../domain/errors.ts'
import type { RequestRecord, RequestTrace } from '../events.ts'
import { pathOf, shorten } from '../plain-text.ts'
import type { Attributes, NewId, Span, SpanRef } from './span.ts'
import { type Woken, lapsOf } from './wakes.ts'

/** The methods that the conventions know; others would make too many names. */
const METHODS: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE PATCH OPTIONS CONNECT TRACE QUERY'.split(' '),
)

/** What a request that was not served at once waited for. */
export interface Waited {
  readonly woken: Woken | undefined
  /** The wake that came to nothing under it. */
  readonly failed: SpanRef | undefined
}

/** The request's own span first. */
export function requestSpans(
  r: RequestRecord,
  trace: RequestTrace,
  { waited, newId }: { waited: Waited; newId: NewId },
): readonly Span[] {
  const { traceId, spanId } = trace
  const leased = r.at + r.holdMs
  const end = r.at + r.totalMs
  const spans: Span[] = [requestSpan(r, trace, waited)]
  const child = (
    about: Omit<Span, 'traceId' | 'spanId' | 'parentId'>,
    parentId = spanId,
  ): string => {
    const id = newId()
    spans.push({ traceId, spanId: id, parentId, ...about })
    return id
  }
  if (wasHeld(r)) {
    const hold = child({ name: 'hold', kind: 'internal', start: r.at, end: leased })
    for (const lap of waited.woken && r.wake ? lapsOf(r.wake, waited.woken.readyAt) : []) {
      // Who came in the middle of a wake waited for the rest of it only.
      const [from, to] = [Math.max(lap.start, r.at), Math.min(lap.end, leased)]
      if (to > from) child({ name: lap.phase, kind: 'internal', start: from, end: to }, hold)
    }
  }
  if (r.start === undefined) return spans
  const connected = leased + r.connectMs
  if (r.connectMs > 0) child({ name: 'connect', kind: 'internal', start: leased, end: connected })
  spans.push(upstreamSpan(r, trace, { start: Math.min(connected, end), end }))
  return spans
}

/** Of those that never got an instance: who was answered by the gateway itself was not held. */
const wasHeld = (r: RequestRecord): boolean =>
  r.start === undefined ? r.fn !== undefined && r.outcome !== 'done' : r.start !== 'warm'

function requestSpan(r: RequestRecord, trace: RequestTrace, { woken, failed }: Waited): Span {
  const { traceId, spanId, parentId } = trace
  const method = METHODS.has(r.method) ? r.method : 'HTTP'
  const links = [woken?.span, failed].filter((link) => link !== undefined)
  return {
    traceId,
    spanId,
    parentId,
    name: r.fn === undefined ? method : `${method} ${r.fn}`,
    kind: 'server',
    start: r.at,
    end: r.at + r.totalMs,
    attributes: { ...requestAttributes(r), 'url.scheme': trace.scheme },
    ...(links.length > 0 && { links }),
    failed: isFault(r),
  }
}

function requestAttributes(r: RequestRecord): Attributes {
  const isKnown = METHODS.has(r.method)
  return {
    'http.request.method': isKnown ? r.method : '_OTHER',
    'http.request.method_original': isKnown ? undefined : shorten(r.method),
    'http.response.status_code': r.status === 0 ? undefined : r.status,
    'http.request.body.size': r.bytesIn,
    'http.response.body.size': r.bytesOut,
    // Never the query: it carries tokens, codes and names.
    'url.path': pathOf(r.target),
    'server.address': shorten(r.host),
    'client.address': r.client,
    'user_agent.original': r.userAgent === '' ? undefined : shorten(r.userAgent),
    'error.type': r.error ?? (r.status >= 500 ? String(r.status) : undefined),
    'coldfront.function': r.fn,
    'coldfront.instance': r.instance,
    'coldfront.start': r.start,
    'coldfront.request_id': r.id,
    'coldfront.outcome': r.outcome,
    'coldfront.upgraded': r.upgraded ? true : undefined,
  }
}

/** The conventions: what the client did wrong is no failure of a server's span. */
const isFault = (r: RequestRecord): boolean =>
  r.status >= 500 || (r.error !== undefined && ERRORS[r.error].fault !== 'client')

function upstreamSpan(
  r: RequestRecord,
  { traceId, spanId, upstreamId }: RequestTrace,
  { start, end }: { start: number; end: number },
): Span {
  const firstByteAt = start + r.firstByteMs
  return {
    traceId,
    spanId: upstreamId,
    parentId: spanId,
    name: 'upstream',
    kind: 'client',
    start,
    end,
    attributes: { 'coldfront.function': r.fn, 'coldfront.instance': r.instance },
    ...(r.firstByteMs > 0 && { moments: [{ name: 'first_byte', at: Math.min(firstByteAt, end) }] }),
    failed: r.outcome === 'failed',
  }
}

/**
 * The header policy of relayed requests, as slices: the same as request-fields.ts and response-fields.ts have,
 * for heads in which nothing unusual is. What is unusual goes the general way.
 */

import type { Framing } from '../../http1/body.ts'
import { bytesOf } from '../../http1/latin1.ts'
import { bit, NAME, type NameId, setOf } from '../../http1/names.ts'
import type { Pen } from '../../http1/pen.ts'
import type { Head } from '../../http1/record.ts'
import { isTraceparent } from '../identifiers.ts'
import { interimFields, responseFields } from '../response-fields.ts'
import type { Lane } from './lane.ts'
import { framed, linesOf } from './response-head.ts'

/** Of the connection, RFC 9110 §7.6.1. */
const HOP_BY_HOP = setOf(
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
)

/** Not passed on as they come: consumed here, or written anew. */
const NOT_ON_REQUEST =
  HOP_BY_HOP |
  setOf('host', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port') |
  setOf('x-forwarded-proto', 'x-request-id', 'proxy', 'proxy-authorization', 'content-length') |
  setOf('disguised')

const NOT_ON_RESPONSE =
  HOP_BY_HOP | setOf('proxy-authenticate', 'proxy-authentication-info', 'content-length')

/** With one of these more than slices is needed. */
const UNUSUAL = setOf('te', 'upgrade', 'expect', 'max-forwards', 'tracestate', 'via')

/** Naming these in Connection takes nothing away that would not go anyway. */
const NAMED_IN_VAIN = setOf('keep-alive', 'upgrade', 'proxy-connection', 'te', 'http2-settings')

/** Whether a request can be relayed. */
export function isUsual(head: Head, lane: Lane): boolean {
  return (
    (head.present & UNUSUAL) === 0 &&
    namesNothing(head) &&
    !lane.isProxied &&
    !(lane.isTrusted && head.has(NAME['x-request-id'])) &&
    (!head.has(NAME.traceparent) || isTraced(head)) &&
    head.targetPrefix === '' &&
    head.hostEnd !== 0 &&
    head.method !== 'TRACE'
  )
}

const namesNothing = (head: Head): boolean =>
  head.nominatedOther.length === 0 && (head.nominated & ~NAMED_IN_VAIN) === 0

/** One traceparent, and a valid one. */
function isTraced(head: Head): boolean {
  const first = head.find(NAME.traceparent)
  for (let i = first + 1; i < head.count; i++) if (head.id(i) === NAME.traceparent) return false
  return isTraceparent(head.text(head.valueAt(first), head.valueEnd(first)))
}

/** What each request has of its own. */
export interface RequestMarks {
  readonly method: string
  readonly id: string
  /** The gateway's own, for Via. */
  readonly pseudonym: string
  /** Undefined: the one that the client sent goes on. */
  readonly traceparent: string | undefined
}

export function writeRequest(pen: Pen, head: Head, lane: Lane, marks: RequestMarks): void {
  const { bytes } = head
  pen.text(marks.method)
  pen.text(' ')
  pen.copy(bytes, head.targetAt, head.targetEnd)
  pen.copy(lane.hostLine, 0, lane.hostLine.length)
  writeKept(
    pen,
    head,
    marks.traceparent === undefined ? NOT_ON_REQUEST : NOT_ON_REQUEST | TRACEPARENT,
  )
  if (head.chunked) pen.text('Transfer-Encoding: chunked\r\n')
  else if (head.contentLength >= 0) pen.text(`Content-Length: ${head.contentLength}\r\n`)
  pen.text(head.minor === 1 ? 'Via: 1.1 ' : 'Via: 1.0 ')
  pen.text(marks.pseudonym)
  pen.copy(CRLF, 0, CRLF.length)
  pen.copy(lane.wayLines, 0, lane.wayLines.length)
  pen.text('X-Request-Id: ')
  pen.text(marks.id)
  if (marks.traceparent !== undefined) {
    pen.text('\r\ntraceparent: ')
    pen.text(marks.traceparent)
  }
  pen.text('\r\n\r\n')
}

const HTTP = bytesOf('HTTP/1.1 ')
const CRLF = bytesOf('\r\n')

/** `extra`: further lines, with CRLF. `date` is written where the upstream has none. */
export function writeResponse(
  pen: Pen,
  head: Head,
  { framing, date, extra }: { framing: Framing; date: string; extra: string },
): void {
  const { bytes, status } = head
  pen.copy(HTTP, 0, HTTP.length)
  pen.copy(bytes, head.start + 9, head.start + 12)
  pen.text(' ')
  pen.copy(bytes, head.reasonAt, head.reasonEnd)
  pen.copy(CRLF, 0, CRLF.length)
  if (namesNothing(head)) {
    writeKept(pen, head, framing === 'chunked' ? NOT_ON_RESPONSE : NOT_ON_RESPONSE | TRAILER)
    if (status !== 204 && head.contentLength >= 0 && (framing === 'length' || framing === 'none')) {
      pen.text('Content-Length: ')
      pen.text(String(head.contentLength))
      pen.copy(CRLF, 0, CRLF.length)
    }
  } else pen.text(linesOf(unusualFields(head, framing)))
  if (!head.has(NAME.date)) pen.text(date)
  if (extra !== '') pen.text(extra)
}

const TRACEPARENT = bit(NAME.traceparent)
const TRAILER = bit(NAME.trailer)

/** With names in Connection: the general policy, field by field. */
function unusualFields(head: Head, framing: Framing): readonly string[] {
  const length = head.contentLength
  const body = framing === 'length' ? length : framing === 'none' ? 'none' : 'stream'
  const fields = responseFields({ status: head.status, fields: head.fields(), body }, [])
  return framed(fields, framing, framing === 'none' ? undefined : body)
}

export const writeInterim = (pen: Pen, head: Head): void =>
  pen.text(linesOf(interimFields(head.fields())))

/** Copies the fields whose names are not in `dropped`; neighbours go in one piece. */
function writeKept(pen: Pen, head: Head, dropped: number): void {
  let from = -1
  for (let i = 0; i < head.count; i++) {
    const id: NameId = head.id(i)
    if ((dropped & bit(id)) === 0) {
      if (from < 0) from = head.lineAt(i)
    } else if (from >= 0) {
      pen.copy(head.bytes, from, head.lineAt(i))
      from = -1
    }
  }
  if (from >= 0) pen.copy(head.bytes, from, head.lineAt(head.count))
}

/**
 * The strict parser of HTTP/1.1 heads, in the order of RFC 9112. One pass over bytes that lie in one
 * piece (intake.ts gathers what came in several). Whatever two readers could understand differently is
 * refused, never repaired: the two parsers that disagree are the ones a request is smuggled between.
 *
 * Each function takes the position to read at and returns the position after what it read, INCOMPLETE
 * when the bytes end before, or REFUSED with `code` and `reason` in the head.
 */

import {
  ASTERISK,
  COLON,
  COMMA,
  CR,
  HOST,
  IPV6,
  isBlank,
  isDigit,
  isText,
  LF,
  QUESTION,
  SLASH,
  SP,
  TARGET,
  TOKEN,
  VALUE,
  ZERO,
} from './chars.ts'
import { bytesOf, latin1 } from './latin1.ts'
import { bit, identify, NAME, type NameId } from './names.ts'
import { type Head, OPTION } from './record.ts'

export const INCOMPLETE = 0
export const REFUSED = -1

/** RFC 9112 §3 asks for 501 to a method longer than any known; no registered one is longer than 17. */
const METHOD_MAX = 32
/** Digits of a Content-Length: below 2^53, so that a number holds it exactly. */
const LENGTH_DIGITS_MAX = 15
const PORT_DIGITS_MAX = 5
const PORT_MAX = 65_535
/** RFC 1035 §2.3.4 in text form, with a trailing dot. Also what bounds the cost of looking for wildcards. */
const HOST_MAX = 256
/** `HTTP/d.d`, zero where a digit stands. */
const VERSION = bytesOf('HTTP/0.0').map((byte) => (byte === ZERO ? 0 : byte))
/** It and CRLF, in bytes. */
const VERSION_LINE = VERSION.length + 2

/** A space, three digits, and what tells that they are three. */
const STATUS = 5

/** Reads a request head from the bytes that `head` lies over. */
export function parseRequest(head: Head): number {
  head.kind = 'request'
  head.start = skipEmptyLines(head.bytes, head.start, head.to)
  let p = requestLine(head, head.start)
  if (p > 0) p = fieldLines(head, p)
  if (tooLarge(head, p)) return REFUSED
  if (p > 0 && !requestRules(head)) return REFUSED
  return p
}

/** Reads a response head. Every refusal has the code UPSTREAM_INVALID. */
export function parseResponse(head: Head): number {
  head.kind = 'response'
  let p = statusLine(head, head.start)
  if (p > 0) p = fieldLines(head, p)
  if (tooLarge(head, p) || (p > 0 && !framingRules(head))) p = REFUSED
  if (p === REFUSED) head.code = 'UPSTREAM_INVALID'
  return p
}

/** Reads a trailer section, RFC 9112 §7.1.2: field lines and an empty line. */
export function parseTrailers(head: Head): number {
  head.kind = 'trailers'
  const p = fieldLines(head, head.start)
  return tooLarge(head, p) ? REFUSED : p
}

/** RFC 9110 §5.4, RFC 6585 §5. `p` is where reading stopped. */
function tooLarge(head: Head, p: number): boolean {
  const read = (p === INCOMPLETE ? head.to : p) - head.start
  if (read <= head.limits.headMax) return false
  head.refuse('HEAD_TOO_LARGE', 'head larger than headMax')
  return true
}

// === RFC 9112 §2.2: message parsing ===

/** A server ignores empty lines (CRLF) before the request line; they count for `headMax` in intake.ts. */
export function skipEmptyLines(bytes: Buffer, from: number, to: number): number {
  let p = from
  while (p + 1 < to && bytes[p] === CR && bytes[p + 1] === LF) p += 2
  return p
}

// === RFC 9112 §3: request line = method SP request-target SP HTTP-version CRLF ===

function requestLine(head: Head, at: number): number {
  const { bytes, to, limits } = head
  let p = at
  while (p < to && TOKEN[bytes[p]!] === 1) p++
  if (p - at > METHOD_MAX) return head.refuse('METHOD_UNSUPPORTED', 'method longer than 32 bytes')
  if (p === to) return INCOMPLETE
  if (p === at || bytes[p] !== SP) {
    // A CR at the very end may be the first half of an empty line.
    if (p === at && bytes[p] === CR && p + 1 === to) return INCOMPLETE
    return head.refuse('BAD_REQUEST', 'method is not a token followed by one space')
  }
  head.method = methodText(bytes, at, p)

  const target = ++p
  while (p < to && TARGET[bytes[p]!] === 1) p++
  if (p - target > limits.targetMax) {
    return head.refuse('TARGET_TOO_LONG', 'target longer than targetMax')
  }
  if (p === to) return INCOMPLETE
  if (p === target || bytes[p] !== SP) {
    return head.refuse('BAD_REQUEST', 'target is empty, or a byte in it is not allowed')
  }
  head.targetAt = target
  head.targetEnd = p
  if (!targetForm(head)) return REFUSED

  const version = httpVersion(head, ++p)
  if (version <= 0) return version
  if (to - p < VERSION_LINE) return INCOMPLETE
  if (bytes[version] !== CR || bytes[version + 1] !== LF) {
    return head.refuse('BAD_REQUEST', 'HTTP version is not followed by CRLF')
  }
  return version + 2
}

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'].map((text) => ({
  text,
  bytes: bytesOf(text),
}))

/** §9.1: case-sensitive, unknown ones included. The usual ones cost no new string. */
function methodText(bytes: Buffer, at: number, end: number): string {
  for (let k = 0; k < METHODS.length; k++) {
    const known = METHODS[k]!
    if (known.bytes.length !== end - at || known.bytes[0] !== bytes[at]) continue
    let i = 1
    while (i < end - at && known.bytes[i] === bytes[at + i]) i++
    if (i === end - at) return known.text
  }
  return latin1(bytes, at, end)
}

// === RFC 9112 §2.3: HTTP-name is case-sensitive, one digit, a dot, one digit ===

/** Accepts 1.1 and 1.0; another well-formed version is 505 (RFC 9110 §15.6.6). */
function httpVersion(head: Head, at: number): number {
  const { bytes, to } = head
  for (let i = 0; i < VERSION.length; i++) {
    // What is there must be right already: the rest may never come.
    if (at + i === to) return INCOMPLETE
    const byte = bytes[at + i]!
    if (VERSION[i] === 0 ? isDigit(byte) : byte === VERSION[i]) continue
    return head.refuse('BAD_REQUEST', 'HTTP version is malformed')
  }
  const minor = bytes[at + 7]! - ZERO
  if (bytes[at + 5] !== ZERO + 1 || minor > 1) {
    return head.refuse('VERSION_UNSUPPORTED', 'HTTP version is neither 1.0 nor 1.1')
  }
  head.minor = minor as 0 | 1
  return at + VERSION.length
}

// === RFC 9112 §3.2: the four forms of a request target ===

function targetForm(head: Head): boolean {
  const { bytes, targetAt: at, targetEnd: end } = head
  // §3.2.3: no tunnel is offered, so authority-form is never valid.
  if (head.method === 'CONNECT') {
    head.refuse('METHOD_UNSUPPORTED', 'CONNECT')
    return false
  }
  if (bytes[at] === SLASH) return true // §3.2.1, origin-form
  if (bytes[at] === ASTERISK && end === at + 1) {
    if (head.method === 'OPTIONS') return true // §3.2.4, asterisk-form
    head.refuse('BAD_REQUEST', 'target * with a method other than OPTIONS')
    return false
  }
  return absoluteForm(head, at, end)
}

/** §3.2.2: its authority replaces the Host field; what is passed on is the origin-form of the rest. */
function absoluteForm(head: Head, at: number, end: number): boolean {
  const { bytes } = head
  const rest = isText(bytes, at, Math.min(at + 7, end), 'http://')
    ? at + 7
    : isText(bytes, at, Math.min(at + 8, end), 'https://')
      ? at + 8
      : 0
  if (rest === 0) {
    head.refuse('BAD_REQUEST', 'target is neither a path nor an http URI')
    return false
  }
  let p = rest
  while (p < end && bytes[p] !== SLASH && bytes[p] !== QUESTION) p++
  if (!authority(head, rest, p)) return false
  head.targetAt = p
  // §3.2.1: an empty path becomes a slash; §3.2.4: with OPTIONS, and no query, it stands for `*`.
  if (p === end) head.targetPrefix = head.method === 'OPTIONS' ? '*' : '/'
  else if (bytes[p] !== SLASH) head.targetPrefix = '/'
  return true
}

// === RFC 9112 §3.2, RFC 9110 §7.2: Host = uri-host [ ":" port ] ===

/** Sets the authority; false when it is no valid one. */
function authority(head: Head, at: number, end: number): boolean {
  const { bytes } = head
  let p = at
  if (bytes[p] === 0x5b) {
    p++
    while (p < end && IPV6[bytes[p]!] === 1) p++
    if (p === at + 1 || p === end || bytes[p] !== 0x5d) p = at
    else p++
  } else {
    while (p < end && HOST[bytes[p]!] === 1) p++
  }
  const hostEnd = p
  let port = 0
  if (p < end && bytes[p] === COLON) {
    const digits = ++p
    while (p < end && p - digits < PORT_DIGITS_MAX && isDigit(bytes[p]!)) {
      port = 10 * port + bytes[p++]! - ZERO
    }
  }
  if (hostEnd === at || hostEnd - at > HOST_MAX || port > PORT_MAX || p !== end) {
    head.refuse('BAD_HOST', 'host is not a name or address with an optional port')
    return false
  }
  head.hostAt = at
  head.hostEnd = hostEnd
  head.authorityEnd = end
  return true
}

// === RFC 9112 §4: status line = HTTP-version SP status-code SP [ reason-phrase ] CRLF ===

function statusLine(head: Head, at: number): number {
  const { bytes, to } = head
  let p = httpVersion(head, at)
  if (p <= 0) return p
  if (to - p < STATUS) return INCOMPLETE
  const digits =
    bytes[p] === SP && isDigit(bytes[p + 1]!) && isDigit(bytes[p + 2]!) && isDigit(bytes[p + 3]!)
  if (!digits) return head.refuse('BAD_REQUEST', 'status is not three digits between spaces')
  head.status = (bytes[p + 1]! - ZERO) * 100 + (bytes[p + 2]! - ZERO) * 10 + (bytes[p + 3]! - ZERO)
  if (head.status < 100) return head.refuse('BAD_REQUEST', 'status below 100')
  p += 4
  // The space before an absent reason is left out by many servers; nothing can be misread without it.
  if (bytes[p] === SP) p++
  else if (bytes[p] !== CR) return head.refuse('BAD_REQUEST', 'status is not three digits')
  head.reasonAt = p
  while (p < to && VALUE[bytes[p]!] === 1) p++
  head.reasonEnd = p
  if (p + 1 >= to) return INCOMPLETE
  if (bytes[p] !== CR || bytes[p + 1] !== LF) {
    return head.refuse('BAD_REQUEST', 'control byte in the reason phrase')
  }
  return p + 2
}

// === RFC 9112 §5: field-line = field-name ":" OWS field-value OWS, CRLF after each and at the end ===

function fieldLines(head: Head, at: number): number {
  const { bytes, to, limits } = head
  let p = at
  for (;;) {
    const line = p
    if (p + 1 >= to) return INCOMPLETE
    if (bytes[p] === CR) {
      if (bytes[p + 1] !== LF) return head.refuse('BAD_REQUEST', 'CR without LF')
      head.finish(p)
      return p + 2
    }
    if (head.count === limits.fieldsMax) {
      return head.refuse('HEAD_TOO_LARGE', 'more fields than fieldsMax')
    }
    while (p < to && TOKEN[bytes[p]!] === 1) p++
    if (p === to) return INCOMPLETE
    if (p === line || bytes[p] !== COLON) return badName(head, p === line, bytes[p]!)
    const nameEnd = p++
    while (p < to && isBlank(bytes[p]!)) p++
    const valueAt = p
    while (p < to && VALUE[bytes[p]!] === 1) p++
    if (p + 1 >= to) return INCOMPLETE
    // §2.2: a bare CR or LF, and RFC 9110 §5.5: NUL and other control bytes.
    if (bytes[p] !== CR || bytes[p + 1] !== LF) {
      return head.refuse('BAD_REQUEST', 'control byte in a field value')
    }
    let valueEnd = p
    while (valueEnd > valueAt && isBlank(bytes[valueEnd - 1]!)) valueEnd--
    p += 2
    const id = identify(bytes, line, nameEnd - line)
    if (id !== NAME.other && !meaning(head, id, valueAt, valueEnd)) return REFUSED
    head.add(line, nameEnd, valueAt, valueEnd, id)
  }
}

function badName(head: Head, first: boolean, byte: number): number {
  const blank = isBlank(byte)
  if (first && blank) return head.refuse('BAD_REQUEST', 'folded line, or space before a field') // §5.2, §2.2
  if (blank) return head.refuse('BAD_REQUEST', 'space before the colon') // §5.1
  return head.refuse('BAD_REQUEST', 'field name is not a token followed by a colon')
}

/** What a field says about framing and the connection; false: refused. */
function meaning(head: Head, id: NameId, at: number, end: number): boolean {
  if (head.kind === 'trailers') return trailerField(head, id)
  switch (id) {
    case NAME['content-length']:
      return contentLength(head, at, end)
    case NAME['transfer-encoding']:
      return transferEncoding(head, at, end)
    case NAME.connection:
      return connectionOptions(head, at, end)
    case NAME.upgrade:
      upgradeField(head, at, end)
      return true
    case NAME.host:
      return head.kind === 'response' || hostField(head, at, end)
    case NAME.expect:
      return head.kind === 'response' || expectField(head, at, end)
    default:
      return true
  }
}

/** RFC 9110 §6.5.1: framing that comes after the message is framed is an attack, or a mistake. */
function trailerField(head: Head, id: NameId): boolean {
  if (id !== NAME['content-length'] && id !== NAME['transfer-encoding']) return true
  head.refuse('BAD_FRAMING', 'framing field in the trailers')
  return false
}

/** §3.2: a second Host is refused. In absolute-form the field must be valid, then gives way to the target. */
function hostField(head: Head, at: number, end: number): boolean {
  if (head.has(NAME.host)) {
    head.refuse('BAD_HOST', 'more than one Host')
    return false
  }
  const { hostAt, hostEnd, authorityEnd } = head
  if (!authority(head, at, end)) return false
  if (hostEnd !== 0) {
    head.hostAt = hostAt
    head.hostEnd = hostEnd
    head.authorityEnd = authorityEnd
  }
  return true
}

/** RFC 9110 §10.1.1: one member, 100-continue; anything else is 417. */
function expectField(head: Head, at: number, end: number): boolean {
  if (!head.has(NAME.expect) && isText(head.bytes, at, end, '100-continue')) {
    head.expectsContinue = true
    return true
  }
  head.refuse('EXPECTATION_FAILED', 'Expect is not 100-continue')
  return false
}

/** RFC 9110 §7.8. A second field leaves the request an ordinary one: no guess which of the two is meant. */
function upgradeField(head: Head, at: number, end: number): void {
  const first = !head.has(NAME.upgrade)
  head.upgradeAt = first ? at : 0
  head.upgradeEnd = first ? end : 0
}

// === RFC 9112 §6: message body ===

/** RFC 9110 §8.6: digits only. Repeated or listed lengths are refused, equal ones too. */
function contentLength(head: Head, at: number, end: number): boolean {
  let length = 0
  let p = at
  while (p < end && isDigit(head.bytes[p]!)) length = length * 10 + head.bytes[p++]! - ZERO
  if (p < end || p === at || end - at > LENGTH_DIGITS_MAX || head.has(NAME['content-length'])) {
    head.refuse('BAD_FRAMING', 'Content-Length is repeated or not a number')
    return false
  }
  head.contentLength = length
  return true
}

/** §6.1: the one coding this engine knows is chunked, once. Another is 501 as §6.1 says, the rest is 400. */
function transferEncoding(head: Head, at: number, end: number): boolean {
  if (!head.chunked && isText(head.bytes, at, end, 'chunked')) {
    head.chunked = true
    return true
  }
  const text = head.text(at, end).toLowerCase()
  const plausible = !head.chunked && /^[a-z][a-z0-9-]*(?:[ \t]*,[ \t]*[a-z][a-z0-9-]*)*$/.test(text)
  const unknown = plausible && text.split(/[ \t]*,[ \t]*/).at(-1) === 'chunked'
  const repeated = text.indexOf('chunked') !== text.lastIndexOf('chunked')
  if (unknown && !repeated) head.refuse('METHOD_UNSUPPORTED', 'transfer coding is unknown')
  else head.refuse('BAD_FRAMING', 'Transfer-Encoding does not end in one chunked')
  return false
}

// === RFC 9112 §9.3, §9.6, RFC 9110 §7.6.1: Connection ===

/** A list of tokens; empty members are allowed (RFC 9110 §5.6.1). */
function connectionOptions(head: Head, at: number, end: number): boolean {
  const { bytes } = head
  let p = at
  while (p < end) {
    if (bytes[p] === COMMA || isBlank(bytes[p]!)) {
      p++
      continue
    }
    const token = p
    while (p < end && TOKEN[bytes[p]!] === 1) p++
    const tokenEnd = p
    while (p < end && isBlank(bytes[p]!)) p++
    if (tokenEnd === token || (p < end && bytes[p] !== COMMA)) {
      head.refuse('BAD_REQUEST', 'Connection is not a list of tokens')
      return false
    }
    connectionOption(head, token, tokenEnd)
  }
  return true
}

function connectionOption(head: Head, at: number, end: number): void {
  const { bytes } = head
  const id = identify(bytes, at, end - at)
  if (isText(bytes, at, end, 'close')) {
    head.options |= OPTION.close
    return
  }
  if (id === NAME['keep-alive']) head.options |= OPTION.keepAlive
  else if (id === NAME.upgrade) head.options |= OPTION.upgrade
  if (id === NAME.other) head.nominatedOther.push(at, end)
  else head.nominated |= bit(id)
}

// === What only the whole head tells ===

function requestRules(head: Head): boolean {
  // §3.2: a 1.1 request has a Host; an older one may have none.
  if (!head.has(NAME.host) && head.minor === 1) {
    head.refuse('BAD_HOST', 'no Host')
    return false
  }
  if (!framingRules(head)) return false
  // RFC 9110 §10.1.1: ignored in a 1.0 request.
  if (head.minor === 0) head.expectsContinue = false
  return true
}

/** §6.1, §6.3(3): both, or chunked in 1.0, are how messages are smuggled. §9.3: who may go on. */
function framingRules(head: Head): boolean {
  if (head.chunked && head.contentLength >= 0) {
    head.refuse('BAD_FRAMING', 'Transfer-Encoding with Content-Length')
    return false
  }
  if (head.chunked && head.minor === 0) {
    head.refuse('BAD_FRAMING', 'Transfer-Encoding in HTTP/1.0')
    return false
  }
  const close = (head.options & OPTION.close) !== 0
  head.persistent = !close && (head.minor === 1 || (head.options & OPTION.keepAlive) !== 0)
  return true
}

/** Which fields belong to one connection and are never passed on (RFC 9110 §7.6.1). */

import type { Fields } from '../domain/exchange.ts'

/** Always of the connection, named in Connection or not. `HTTP2-Settings`: RFC 9113 §3.1. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** Never taken away by being named in Connection: routing, framing, identity and meaning hang on them. */
const END_TO_END: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'forwarded',
  'host',
  'set-cookie',
  'traceparent',
  'tracestate',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
])

const NONE: ReadonlySet<string> = new Set()

/** The members of a list field, trimmed, in lower case, empty ones left out (RFC 9110 §5.6.1). */
export const listMembers = (value: string): string[] =>
  value
    .split(',')
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '')

/** All members of all fields called `name` (given in lower case), in order. */
export function membersOf(fields: Fields, name: string): string[] {
  const members: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]!.length === name.length && fields[i]!.toLowerCase() === name) {
      members.push(...listMembers(fields[i + 1]!))
    }
  }
  return members
}

/** The names that Connection fields name, in lower case, those left out that must survive. */
export function namedInConnection(fields: Fields): ReadonlySet<string> {
  const members = membersOf(fields, 'connection')
  if (members.length === 0) return NONE
  return new Set(members.filter((member) => !END_TO_END.has(member)))
}

/** Whether the field `name` (lower case) stays on this connection. `named` is of the same head. */
export const isHopByHop = (name: string, named: ReadonlySet<string>): boolean =>
  HOP_BY_HOP.has(name) || named.has(name)

/** Not allowed in trailers: framing, routing, identity, and what must be known before the body (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...END_TO_END,
  'expect',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'trailer',
  'www-authenticate',
])

/** The trailers that may go on. */
export function allowedTrailers(trailers: Fields): Fields {
  const kept: string[] = []
  for (let i = 0; i < trailers.length; i += 2) {
    if (!NOT_IN_TRAILERS.has(trailers[i]!.toLowerCase())) kept.push(trailers[i]!, trailers[i + 1]!)
  }
  return kept
}

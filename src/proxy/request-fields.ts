/**
 * The fields of a request on its way to the function: what is the connection's own goes, what the gateway
 * vouches for is written anew, all else stays as it came: order, case, repetition and bytes.
 */

import type { Fields, Peer, RequestHead } from '../domain/exchange.ts'
import { type Claims, wayFields, wayOf } from './forwarding.ts'
import { isHopByHop, membersOf, namedInConnection } from './hop-by-hop.ts'
import { type Identifiers, isRequestId, isTraceparent } from './identifiers.ts'
import type { IncomingHead, Link } from './incoming.ts'
import type { RequestTrace } from '../telemetry/events.ts'
import { type Tracing, traceparentOf } from './tracing.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

export interface RequestPolicy {
  readonly trusted: TrustedProxies
  readonly identifiers: Identifiers
  /** Undefined: nothing is traced here. */
  readonly tracing?: Tracing | undefined
}

/** A request with the policy applied: what the function is sent, and what the gateway learned on the way. */
export interface Vetted {
  readonly head: RequestHead
  readonly peer: Peer
  readonly requestId: string
  /** It came through this gateway before. */
  readonly isLoop: boolean
  /** Only where it is sampled. */
  readonly trace: RequestTrace | undefined
}

/**
 * Written by the gateway, whatever the client sent. Servers of the CGI kind cannot tell `x_forwarded_for` from
 * `x-forwarded-for`, so the underscore variants of these names are dropped.
 */
const OURS: ReadonlySet<string> = new Set([
  'forwarded',
  'host',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
])

/** Framing: dangerous in their underscore variants for the same reason. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/**
 * Consumed here. `Expect` is the gateway's to answer, once there is a lease; `Proxy` becomes HTTP_PROXY in CGI
 * (CVE-2016-5385).
 */
const DROPPED: ReadonlySet<string> = new Set(['expect', 'proxy', 'proxy-authorization'])

/** What `sift` found out of what it took away. */
interface Sifted {
  readonly kept: string[]
  readonly forwarded: string[]
  readonly xForwardedFor: string[]
  readonly single: Map<string, string>
  /** Where it is valid and the only one, its name and value; else nothing. */
  readonly traceparent: string[]
  /** Names and values; nothing where no traceparent goes with them. */
  readonly tracestates: string[]
}

/** Applies the policy to one head. */
export function vet(
  { head, link }: { head: IncomingHead; link: Link },
  { trusted, identifiers, tracing }: RequestPolicy,
): Vetted {
  const sifted = sift(head)
  const { kept, single } = sifted
  const claims: Claims = {
    forwarded: sifted.forwarded,
    xForwardedFor: sifted.xForwardedFor,
    xForwardedProto: single.get('x-forwarded-proto'),
    xForwardedHost: single.get('x-forwarded-host'),
    xForwardedPort: single.get('x-forwarded-port'),
  }
  const way = wayOf({ link, authority: head.authority, claims }, trusted)
  const given = single.get('x-request-id')
  const requestId =
    way.peer.trusted && given !== undefined && isRequestId(given) ? given : identifiers.requestId()
  if (membersOf(head.fields, 'te').includes('trailers')) kept.push('TE', 'trailers')
  kept.push('Via', `${head.version} ${identifiers.pseudonym}`)
  kept.push(...wayFields(way), 'X-Request-Id', requestId)
  const { trace, fields } = traceOf(sifted, way.peer, { identifiers, tracing })
  kept.push(...fields)
  const isLoop = valuesOf(head.fields, 'via').some((via) => via.includes(identifiers.pseudonym))
  return { head: passedOn(head, kept), peer: way.peer, requestId, isLoop, trace }
}

/**
 * The request's trace where it is sampled, and the fields that tell the function. Who is not trusted does not decide
 * what is recorded here: its trace ends where ours begins.
 */
function traceOf(
  { traceparent, tracestates }: Sifted,
  peer: Peer,
  { identifiers, tracing }: Omit<RequestPolicy, 'trusted'>,
): { trace: RequestTrace | undefined; fields: Fields } {
  const given = tracing && !peer.trusted ? undefined : traceparent[1]
  const asItCame = [...traceparent, ...tracestates]
  if (!tracing) {
    const fields = given === undefined ? ['traceparent', identifiers.traceparent()] : asItCame
    return { trace: undefined, fields }
  }
  const begun = tracing.begin(given, peer.proto)
  if (typeof begun !== 'object')
    return { trace: undefined, fields: begun === undefined ? asItCame : ['traceparent', begun] }
  const states = given === undefined ? [] : tracestates
  return { trace: begun, fields: ['traceparent', traceparentOf(begun), ...states] }
}

const passedOn = (head: IncomingHead, fields: Fields): RequestHead => ({
  method: head.method,
  target: head.target,
  version: head.version,
  host: head.host,
  fields,
  body: head.body,
  upgrade: head.upgrade,
  expectsContinue: head.expectsContinue,
})

function sift(head: IncomingHead): Sifted {
  const named = namedInConnection(head.fields)
  const sifted: Sifted = {
    kept: ['Host', head.authority],
    forwarded: [],
    xForwardedFor: [],
    single: new Map(),
    traceparent: [],
    tracestates: [],
  }
  const isTraced = hasTraceparent(head.fields)
  let hasLength = false
  for (let i = 0; i < head.fields.length; i += 2) {
    const name = head.fields[i]!
    const value = head.fields[i + 1]!
    const lower = name.toLowerCase()
    if (OURS.has(lower)) note(sifted, lower, value)
    else if (isHopByHop(lower, named) || DROPPED.has(lower) || isDisguised(lower)) continue
    else if (lower === 'traceparent' || lower === 'tracestate') {
      if (isTraced) sifted[lower === 'traceparent' ? lower : 'tracestates'].push(name, value)
    } else if (lower === 'max-forwards' && head.maxForwards !== undefined) {
      sifted.kept.push(name, String(head.maxForwards - 1))
    } else if (lower === 'content-length') {
      // Once, and only where the body really has that length.
      if (!hasLength && typeof head.body === 'number') sifted.kept.push(name, value)
      hasLength = true
    } else sifted.kept.push(name, value)
  }
  return sifted
}

function note(sifted: Sifted, lower: string, value: string): void {
  if (lower === 'forwarded') sifted.forwarded.push(value)
  else if (lower === 'x-forwarded-for') sifted.xForwardedFor.push(value)
  else sifted.single.set(lower, value)
}

/** The values of all fields called `name` (given in lower case), in order. */
function valuesOf(fields: Fields, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]!.length === name.length && fields[i]!.toLowerCase() === name)
      values.push(fields[i + 1]!)
  }
  return values
}

/** One valid traceparent: W3C Trace Context §3.2.2.4 drops the trace where there are two. */
function hasTraceparent(fields: Fields): boolean {
  const found = valuesOf(fields, 'traceparent')
  return found.length === 1 && isTraceparent(found[0]!)
}

function isDisguised(lower: string): boolean {
  if (!lower.includes('_')) return false
  const plain = lower.replaceAll('_', '-')
  return OURS.has(plain) || FRAMING.has(plain)
}

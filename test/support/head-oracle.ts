/**
 * What an HTTP/1 head says, judged: framing, authority, target, expectations. A pure function of the head, and
 * stricter than parsers are: whatever two servers could read in two ways is refused.
 */

import type { ErrorCode } from '../../src/domain/errors.ts'
import type { BodyKind, Fields } from '../../src/domain/exchange.ts'
import { parseAuthority } from '../../src/proxy/authority.ts'
import { listMembers } from '../../src/proxy/hop-by-hop.ts'
import type { IncomingHead } from '../../src/proxy/incoming.ts'

/** A head as a parser splits it. */
export interface RawHead {
  readonly method: string
  readonly target: string
  /** `major.minor`. */
  readonly version: string
  readonly fields: Fields
  /** Stands in for the Host that an HTTP/1.0 client need not send. */
  readonly ownAuthority: string
}

export interface HeadLimits {
  readonly fieldsMax: number
  readonly targetMax: number
}

/** The fields that decide, all their values. */
interface Survey {
  readonly hosts: string[]
  readonly codings: string[]
  readonly lengths: string[]
  readonly expectations: string[]
  readonly connection: string[]
  readonly upgrades: string[]
  readonly maxForwards: string[]
}

const SURVEYED: ReadonlyMap<string, keyof Survey> = new Map([
  ['host', 'hosts'],
  ['transfer-encoding', 'codings'],
  ['content-length', 'lengths'],
  ['expect', 'expectations'],
  ['connection', 'connection'],
  ['upgrade', 'upgrades'],
  ['max-forwards', 'maxForwards'],
])

/** Judges a head. With a `fault` in it, the rest is good for the log alone. */
export function judgeHead(raw: RawHead, limits: HeadLimits): IncomingHead {
  const survey = surveyOf(raw.fields)
  const target = targetOf(raw)
  const authority = target?.authority ?? survey.hosts[0] ?? raw.ownAuthority
  const body = bodyOf(raw, survey)
  return {
    method: raw.method,
    target: target?.target ?? raw.target,
    version: raw.version === '1.0' ? '1.0' : '1.1',
    host: parseAuthority(authority)?.host ?? '',
    authority,
    fields: raw.fields,
    body: typeof body === 'object' ? 'none' : body,
    upgrade: upgradeOf(raw, survey),
    expectsContinue: raw.version === '1.1' && survey.expectations.length > 0,
    maxForwards: raw.method === 'OPTIONS' ? maxForwardsOf(survey) : undefined,
    fault:
      sizeFault(raw, limits) ??
      methodFault(raw) ??
      (raw.version === '1.0' || raw.version === '1.1' ? undefined : 'VERSION_UNSUPPORTED') ??
      (typeof body === 'object' ? body.fault : undefined) ??
      hostFault(raw, survey, authority) ??
      (target ? undefined : 'BAD_REQUEST') ??
      expectationFault(raw, survey),
  }
}

function surveyOf(fields: Fields): Survey {
  const survey: Survey = {
    hosts: [],
    codings: [],
    lengths: [],
    expectations: [],
    connection: [],
    upgrades: [],
    maxForwards: [],
  }
  for (let i = 0; i < fields.length; i += 2) {
    const list = SURVEYED.get(fields[i]!.toLowerCase())
    if (list) survey[list].push(fields[i + 1]!)
  }
  return survey
}

const sizeFault = (raw: RawHead, limits: HeadLimits): ErrorCode | undefined =>
  raw.target.length > limits.targetMax
    ? 'TARGET_TOO_LONG'
    : raw.fields.length / 2 > limits.fieldsMax
      ? 'HEAD_TOO_LARGE'
      : undefined

/** TRACE would reflect what proxies added on the way; CONNECT asks for another kind of proxy (RFC 9110 §9.3.6, §9.3.8). */
const methodFault = ({ method }: RawHead): ErrorCode | undefined =>
  method === 'TRACE' || method === 'CONNECT' ? 'METHOD_UNSUPPORTED' : undefined

/**
 * RFC 9112 §6: a length or `chunked`, never both, never two, never a coding in HTTP/1.0. A list of equal lengths
 * is allowed by the RFC and refused here.
 */
function bodyOf(
  { version }: RawHead,
  { codings, lengths }: Survey,
): BodyKind | { fault: ErrorCode } {
  if (codings.length > 0) {
    const coding = codings.flatMap(listMembers)
    if (version === '1.0' || lengths.length > 0) return { fault: 'BAD_FRAMING' }
    if (coding.length === 1 && coding[0] === 'chunked') return 'stream'
    const isLast = coding.indexOf('chunked') === coding.length - 1 && coding.length > 0
    return { fault: isLast ? 'METHOD_UNSUPPORTED' : 'BAD_FRAMING' }
  }
  const [length, second] = lengths
  if (length === undefined) return 'none'
  if (second !== undefined || !/^\d{1,15}$/.test(length)) return { fault: 'BAD_FRAMING' }
  return Number(length)
}

/** RFC 9112 §3.2: exactly one valid Host in HTTP/1.1, at most one in 1.0. */
function hostFault(
  { version }: RawHead,
  { hosts }: Survey,
  authority: string,
): ErrorCode | undefined {
  const [host, second] = hosts
  if (second !== undefined || (host === undefined && version === '1.1')) return 'BAD_HOST'
  if (host !== undefined && !parseAuthority(host)) return 'BAD_HOST'
  return parseAuthority(authority) ? undefined : 'BAD_HOST'
}

/**
 * RFC 9112 §3.2: origin-form goes on as it is; absolute-form gives its authority and what follows it; `*` is for
 * OPTIONS. A fragment is not part of any of them. No byte is normalised.
 */
function targetOf({
  method,
  target,
}: RawHead): { target: string; authority: string | undefined } | undefined {
  if (target.includes('#')) return undefined
  if (target.startsWith('/')) return { target, authority: undefined }
  if (target === '*') return method === 'OPTIONS' ? { target, authority: undefined } : undefined
  const match = /^https?:\/\/([^/?]*)([/?].*)?$/is.exec(target)
  if (!match) return undefined
  const rest = match[2] ?? (method === 'OPTIONS' ? '*' : '/')
  return { target: rest.startsWith('?') ? `/${rest}` : rest, authority: match[1] }
}

/** RFC 9110 §10.1.1: the one expectation there is. HTTP/1.0 has none. */
const expectationFault = ({ version }: RawHead, { expectations }: Survey): ErrorCode | undefined =>
  version === '1.1' && expectations.flatMap(listMembers).some((e) => e !== '100-continue')
    ? 'EXPECTATION_FAILED'
    : undefined

/**
 * Only a GET of HTTP/1.1 without a body, with `upgrade` in Connection (RFC 9110 §7.8, RFC 6455 §4.1). `h2c` is
 * left out: the function would start to speak HTTP/2 on a connection that the gateway reads as HTTP/1.1.
 */
function upgradeOf({ method, version }: RawHead, survey: Survey): string | undefined {
  if (survey.upgrades.length === 0 || method !== 'GET' || version !== '1.1') return undefined
  if (survey.codings.length > 0 || survey.lengths.some((length) => length !== '0')) return undefined
  if (!survey.connection.flatMap(listMembers).includes('upgrade')) return undefined
  const protocols = survey.upgrades
    .flatMap((value) => value.split(','))
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '' && protocol.toLowerCase() !== 'h2c')
  return protocols.length > 0 ? protocols.join(', ') : undefined
}

const maxForwardsOf = ({ maxForwards }: Survey): number | undefined =>
  maxForwards[0] !== undefined && /^\d{1,9}$/.test(maxForwards[0])
    ? Number(maxForwards[0])
    : undefined

/**
 * The fields of a response on its way to the client: what belongs to the upstream connection goes, Date comes
 * if it is missing, and who may see timings gets them. All else stays as it came.
 */

import { hundredths } from '../lib/hundredths.ts'
import type { StartKind, WakePhases } from '../domain/admission.ts'
import type { BodyKind, Fields } from '../domain/exchange.ts'
import type { Clock } from '../lib/clock.ts'
import { isHopByHop, namedInConnection } from './hop-by-hop.ts'

/** Who gets `Server-Timing` and `X-Coldfront-Start`. */
export type Timing = 'trusted' | 'all' | 'off'

/** What is known of the request when the response's head comes, in ms. */
export interface Timings {
  readonly start: StartKind
  readonly holdMs: number
  readonly connectMs: number
  readonly firstByteMs: number
  readonly wake: WakePhases | undefined
}

/** Consumed by the gateway: they speak of a proxy's own authentication (RFC 9110 §11.7). */
const DROPPED: ReadonlySet<string> = new Set(['proxy-authenticate', 'proxy-authentication-info'])

/**
 * Applies the policy to a response's head. `Content-Length` stays only where it is true or stands for a body
 * that is left out (HEAD, 304), never on 204 (RFC 9110 §8.6). `extra` comes last.
 */
export function responseFields(
  { status, fields, body }: { status: number; fields: Fields; body: BodyKind },
  extra: Fields,
): Fields {
  const named = namedInConnection(fields)
  const kept: string[] = []
  let hasDate = false
  let hasLength = false
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const lower = name.toLowerCase()
    if (isHopByHop(lower, named) || DROPPED.has(lower)) continue
    if (lower === 'content-length') {
      if (hasLength || body === 'stream' || status === 204) continue
      hasLength = true
    }
    hasDate ||= lower === 'date'
    kept.push(name, fields[i + 1]!)
  }
  if (typeof body === 'number' && !hasLength) kept.push('Content-Length', String(body))
  for (let i = 0; i < extra.length; i += 2) {
    if (!hasDate || extra[i] !== 'Date') kept.push(extra[i]!, extra[i + 1]!)
  }
  return kept
}

/** Of a 101: the connection's own fields go, the new protocol's name stays. */
export function upgradeFields(fields: Fields): Fields {
  const kept: string[] = []
  const named = namedInConnection(fields)
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (lower === 'upgrade' || !isHopByHop(lower, named)) kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}

/** Of another 1xx. */
export function interimFields(fields: Fields): Fields {
  const named = namedInConnection(fields)
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (!isHopByHop(lower, named) && lower !== 'content-length')
      kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}

/** Whether this peer may see timings. */
export const seesTiming = (timing: Timing, trusted: boolean): boolean =>
  timing === 'all' || (timing === 'trusted' && trusted)

/** `X-Coldfront-Start` and `Server-Timing`. */
export const timingFields = (timings: Timings): Fields => [
  'X-Coldfront-Start',
  timings.start,
  'Server-Timing',
  serverTiming(timings),
]

/** The same as lines with CRLF, for heads that are written as text. */
export const timingLines = (timings: Timings): string =>
  `X-Coldfront-Start: ${timings.start}\r\nServer-Timing: ${serverTiming(timings)}\r\n`

/** W3C Server Timing, phases that did not happen left out. Most responses of a local peer have it: no lists. */
function serverTiming({ holdMs, connectMs, firstByteMs, wake }: Timings): string {
  let text = `hold;dur=${hundredths(holdMs)}`
  if (wake) {
    for (const [name, ms] of Object.entries(wake)) {
      if (ms > 0) text += `, ${name};dur=${hundredths(ms)}`
    }
  }
  if (connectMs > 0) text += `, connect;dur=${hundredths(connectMs)}`
  if (firstByteMs > 0) text += `, first_byte;dur=${hundredths(firstByteMs)}`
  return text
}

/** The Date field, written once a second. */
export class DateField {
  readonly #clock: Clock
  #second = -1
  #text = ''
  #line = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get text(): string {
    this.#update()
    return this.#text
  }

  /** The whole line, with CRLF. */
  get line(): string {
    this.#update()
    return this.#line
  }

  #update(): void {
    const second = Math.floor(this.#clock.wall() / 1_000)
    if (second === this.#second) return
    this.#second = second
    this.#text = new Date(second * 1_000).toUTCString()
    this.#line = `Date: ${this.#text}\r\n`
  }
}

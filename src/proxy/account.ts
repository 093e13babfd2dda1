/** The account of one request, kept as it goes and handed over when it is over. */

import type { Lease, StartKind, WakePhases, WokenBy } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { FunctionId } from '../domain/ids.ts'
import type { Clock } from '../lib/clock.ts'
import type { RequestRecord } from '../telemetry/events.ts'
import { pathOf, shorten } from '../telemetry/plain-text.ts'
import type { Incoming, IncomingHead, Link } from './incoming.ts'
import type { Vetted } from './request-fields.ts'
import type { Answer } from './respond.ts'

export interface AccountParts {
  readonly incoming: Incoming
  readonly vetted: Vetted
  readonly clock: Clock
}

export interface Rubbish {
  readonly code: ErrorCode
  readonly link: Link
  readonly requestId: string
  readonly at: number
  readonly answer: Answer
}

type NamedHead = Pick<IncomingHead, 'method' | 'host' | 'target' | 'fields'>
type Named = Pick<Vetted, 'requestId'> & {
  readonly peer: Pick<Vetted['peer'], 'address'>
  readonly trace?: Vetted['trace']
}

const NO_HEAD: NamedHead = { method: '', host: '', target: '', fields: [] }

export class Account {
  readonly record: RequestRecord
  readonly #clock: Clock
  readonly #arrivedAt: number
  #leasedAt = 0

  constructor({ incoming, vetted, clock }: AccountParts) {
    this.#clock = clock
    this.#arrivedAt = incoming.arrivedAt
    this.record = blank(incoming.head, vetted, clock.wall())
  }

  /** Since its arrival, in ms. */
  get ageMs(): number {
    return this.#clock.now() - this.#arrivedAt
  }

  routed(fn: FunctionId): void {
    this.record.fn = fn
  }

  /** Who asked for what, as events tell it. */
  get by(): WokenBy {
    const { host, target, client, userAgent } = this.record
    return { host: shorten(host), path: pathOf(target), client, userAgent: shorten(userAgent) }
  }

  /** A lease is there; a second one takes the place of the first. */
  leased({ instance, start, wake }: Lease): void {
    this.#leasedAt = this.#clock.now()
    const { record } = this
    record.instance = instance
    record.start = start
    record.wake = wake
    record.holdMs = this.#leasedAt - this.#arrivedAt
    record.overheadMs = overheadOf(start, record.holdMs, wake)
    record.connectMs = record.firstByteMs = 0
  }

  mark(point: 'connected' | 'first_byte'): void {
    const sinceLeaseMs = this.#clock.now() - this.#leasedAt
    if (point === 'connected') this.record.connectMs = sinceLeaseMs
    else this.record.firstByteMs = Math.max(0, sinceLeaseMs - this.record.connectMs)
  }

  /** What went wrong. `cause` is for the log alone. */
  failed(code: ErrorCode, cause: string | undefined): void {
    this.record.error = code
    this.record.cause = cause
  }

  /** The last entry. A request that never had a lease was held all its life. */
  close(outcome: RequestRecord['outcome'], bytesIn: number): RequestRecord {
    const { record } = this
    record.outcome = outcome
    record.bytesIn += bytesIn
    record.totalMs = this.ageMs
    if (record.start === undefined) record.holdMs = record.totalMs
    return record
  }
}

/** The values of all fields `name` (lower case), joined as a list; empty if there is none. */
export function fieldOf(head: Pick<IncomingHead, 'fields'>, name: string): string {
  let text = ''
  for (let i = 0; i < head.fields.length; i += 2) {
    if (head.fields[i]!.length === name.length && head.fields[i]!.toLowerCase() === name) {
      text = text === '' ? head.fields[i + 1]! : `${text}, ${head.fields[i + 1]!}`
    }
  }
  return text
}

/**
 * The part of `holdMs` that is the gateway's own. A request that joined a wake midway waited for a part of its
 * phases only: it counts as none. One that waited for room waited for the app.
 */
function overheadOf(start: StartKind, holdMs: number, wake: WakePhases | undefined): number {
  if (start === 'queued') return 0
  if (!wake) return holdMs
  const { queued_start, pull, create, start: started, probe, resume } = wake
  return Math.max(0, holdMs - (queued_start + pull + create + started + probe + resume))
}

const blank = (head: NamedHead, vetted: Named, at: number): RequestRecord => ({
  at,
  id: vetted.requestId,
  fn: undefined,
  instance: undefined,
  start: undefined,
  method: head.method,
  host: head.host,
  target: head.target,
  client: vetted.peer.address,
  userAgent: fieldOf(head, 'user-agent'),
  status: 0,
  bytesIn: 0,
  bytesOut: 0,
  holdMs: 0,
  connectMs: 0,
  firstByteMs: 0,
  totalMs: 0,
  overheadMs: 0,
  wake: undefined,
  outcome: 'unused',
  error: undefined,
  cause: undefined,
  upgraded: false,
  trace: vetted.trace,
})

/** The record of bytes that never became a request. */
export const rubbishRecord = ({ code, link, requestId, at, answer }: Rubbish): RequestRecord => ({
  ...blank(NO_HEAD, { requestId, peer: { address: link.address } }, at),
  status: answer.status,
  bytesOut: answer.body.length,
  outcome: 'refused',
  error: code,
})

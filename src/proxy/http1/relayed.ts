/**
 * A warm request on its way, between two HTTP/1.1 connections: one object, which is its own record. It takes
 * the general way instead when its instance turns out not to be there and nothing was sent.
 */

import type { Lease, Outcome } from '../../domain/admission.ts'
import type { ErrorCode } from '../../domain/errors.ts'
import type { Fields } from '../../domain/exchange.ts'
import type { FunctionId, InstanceId } from '../../domain/ids.ts'
import type { Framing } from '../../http1/body.ts'
import { NAME } from '../../http1/names.ts'
import type { Pen } from '../../http1/pen.ts'
import type { Head } from '../../http1/record.ts'
import { Relay, type RelayEnd } from '../../http1/relay.ts'
import type { ServerConnection } from '../../http1/server-connection.ts'
import type { RequestRecord, RequestTrace } from '../../telemetry/events.ts'
import { allowedTrailers } from '../hop-by-hop.ts'
import { answerOf } from '../respond.ts'
import { seesTiming, timingLines } from '../response-fields.ts'
import type { Surroundings } from '../surroundings.ts'
import { traceparentOf } from '../tracing.ts'
import type { Lane } from './lane.ts'
import { writeInterim, writeRequest, writeResponse } from './relay-heads.ts'
import { writeHead } from './response-head.ts'

export interface RelayedParts {
  readonly server: ServerConnection
  readonly lane: Lane
  readonly lease: Lease
  readonly around: Surroundings
  readonly target: string
  readonly id: string
  /** Monotonic ms. */
  readonly arrivedAt: number
  readonly over: Over
}

/** Hears of its end. */
export interface Over {
  relayed(relayed: Relayed): void
  /** Nothing was sent: the request, whose head lies in `server.head` again, is to take the general way. */
  divert(server: ServerConnection, lane: Lane): void
}

export class Relayed extends Relay implements RequestRecord {
  readonly #lane: Lane
  readonly #lease: Lease
  readonly #around: Surroundings
  readonly #over: Over
  readonly #arrivedAt: number
  // The record.
  at = 0
  readonly id: string
  readonly fn: FunctionId
  readonly instance: InstanceId
  readonly host: string
  readonly target: string
  readonly client: string
  readonly userAgent: string
  readonly start = 'warm'
  readonly wake = undefined
  readonly upgraded = false
  readonly holdMs = 0
  readonly overheadMs = 0
  connectMs = 0
  firstByteMs = 0
  totalMs = 0
  status = 0
  outcome: RequestRecord['outcome'] = 'unused'
  error: ErrorCode | undefined = undefined
  cause: string | undefined = undefined
  trace: RequestTrace | undefined = undefined

  constructor({ server, lane, lease, around, target, id, arrivedAt, over }: RelayedParts) {
    super(server)
    this.#lane = lane
    this.#lease = lease
    this.#around = around
    this.#over = over
    this.#arrivedAt = arrivedAt
    this.id = id
    this.fn = lease.fn.id
    this.instance = lease.instance
    this.host = lane.host
    this.target = target
    this.client = lane.link.address || 'unknown'
    this.userAgent = server.head.value(NAME['user-agent']) ?? ''
  }

  // === Heads. ===

  protected writeRequest(pen: Pen, head: Head): void {
    const { identifiers } = this.#around.policy
    writeRequest(pen, head, this.#lane, {
      method: this.method,
      id: this.id,
      pseudonym: identifiers.pseudonym,
      traceparent: this.#traceparent(head),
    })
  }

  /** Undefined: the one that came goes on. */
  #traceparent(head: Head): string | undefined {
    const { identifiers, tracing } = this.#around.policy
    if (!tracing) return head.has(NAME.traceparent) ? undefined : identifiers.traceparent()
    const { isTrusted, link } = this.#lane
    // A request that is sent once more stays in its trace.
    const begun =
      this.trace ?? tracing.begin(isTrusted ? head.value(NAME.traceparent) : undefined, link.proto)
    if (typeof begun !== 'object') return begun
    this.trace = begun
    return traceparentOf(begun)
  }

  protected writeResponse(pen: Pen, head: Head, framing: Framing): void {
    const { clock, isClosing, date, timing } = this.#around
    if (isClosing) this.server.reply.last()
    this.status = head.status
    this.firstByteMs = Math.max(0, clock.now() - this.#arrivedAt - this.connectMs)
    const extra = seesTiming(timing, this.#lane.isTrusted) ? timingLines(this) : ''
    writeResponse(pen, head, { framing, date: date.line, extra })
  }

  protected writeInterim(pen: Pen, head: Head): void {
    writeInterim(pen, head)
  }

  protected allowedTrailers(trailers: Fields): Fields {
    return allowedTrailers(trailers)
  }

  // === Ends. ===

  protected onConnected(isNew: boolean): void {
    if (isNew) this.connectMs = this.#around.clock.now() - this.#arrivedAt
  }

  protected onEnd(end: RelayEnd): void {
    const { clock, events, inFlight } = this.#around
    const isUnseen = end.k === 'failed' && !end.sent && this.status === 0
    this.#lease.release(end satisfies Outcome)
    inFlight.ended(this.fn)
    if (isUnseen) {
      this.#over.relayed(this)
      this.parsedAgain()
      return this.#over.divert(this.server, this.#lane)
    }
    this.totalMs = clock.now() - this.#arrivedAt
    this.at = clock.wall() - this.totalMs
    this.outcome = end.k
    if (end.k === 'failed') {
      this.error = end.code
      this.cause = end.cause
      if (this.status === 0) this.#answer(end.code)
    }
    this.#over.relayed(this)
    events.request(this)
  }

  #answer(code: ErrorCode): void {
    const { server } = this
    const { date, isClosing } = this.#around
    if (isClosing) server.reply.last()
    const accept = this.parsedAgain().value(NAME.accept) ?? ''
    const about = { code, fn: this.fn, requestId: this.id, accept, retryAfterMs: undefined }
    const answer = answerOf(about)
    this.status = answer.status
    const isBare = this.method === 'HEAD'
    writeHead(server.reply.begin(), answer.status, [...answer.fields, 'Date', date.text])
    server.reply.sendHead(isBare ? 'none' : 'length', answer.body.length)
    if (!isBare) {
      this.bytesOut = answer.body.length
      server.reply.data(Buffer.from(answer.body), 0, answer.body.length)
    }
    server.endReply()
  }
}

/**
 * The response on its way to the client: policy, accounting, and the knowledge of how far it has come, so that
 * a failure is answered before the head and resets the connection after it.
 */

import type { ErrorCode } from '../domain/errors.ts'
import type { BodyKind, Fields, Reply, ResetCode } from '../domain/exchange.ts'
import type { RequestRecord } from '../telemetry/events.ts'
import { fieldOf } from './account.ts'
import { allowedTrailers } from './hop-by-hop.ts'
import type { Incoming } from './incoming.ts'
import { type Answer, answerOf, send } from './respond.ts'
import {
  interimFields,
  responseFields,
  seesTiming,
  timingFields,
  upgradeFields,
} from './response-fields.ts'
import type { Surroundings } from './surroundings.ts'
import { counted } from './tunnel.ts'

export interface ClientReplyParts {
  readonly incoming: Incoming
  readonly surroundings: Surroundings
  readonly record: RequestRecord
  /** The peer is a trusted proxy or local. */
  readonly isTrusted: boolean
}

export class ClientReply implements Reply {
  readonly #parts: ClientReplyParts
  #stage: 'waiting' | 'begun' | 'ended' = 'waiting'
  #hasContinued = false

  constructor(parts: ClientReplyParts) {
    this.#parts = parts
  }

  /** Nothing of the final response was sent. */
  get isUnanswered(): boolean {
    return this.#stage === 'waiting'
  }

  get isComplete(): boolean {
    return this.#stage === 'ended'
  }

  /** Lets a client send its body that waits for 100 (Continue). Once, whoever asks for it. */
  continue(): void {
    this.interim(100, [])
  }

  interim(status: number, fields: Fields): void {
    const { head, reply } = this.#parts.incoming
    if (this.#stage !== 'waiting' || head.version === '1.0') return
    if (status === 100) {
      if (!head.expectsContinue || this.#hasContinued) return
      this.#hasContinued = true
    }
    reply.interim(status, interimFields(fields))
  }

  /** Throws, with nothing sent, when the head cannot be written. */
  head(status: number, fields: Fields, body: BodyKind): void {
    if (this.#stage !== 'waiting') return
    const { incoming, surroundings, record } = this.#parts
    if (surroundings.isClosing) incoming.last()
    const extra = ['Date', surroundings.date.text, ...this.#timing()]
    incoming.reply.head(status, responseFields({ status, fields, body }, extra), body)
    this.#stage = 'begun'
    record.status = status
  }

  data(bytes: Uint8Array): void {
    if (this.#stage !== 'begun') return
    this.#parts.record.bytesOut += bytes.byteLength
    this.#parts.incoming.reply.data(bytes)
  }

  end(trailers?: Fields): void {
    if (this.#stage !== 'begun') return
    this.#stage = 'ended'
    this.#parts.incoming.reply.end(trailers && allowedTrailers(trailers))
  }

  reset(code: ResetCode): void {
    if (this.#stage === 'ended') return
    this.#stage = 'ended'
    this.#parts.incoming.reply.reset(code)
  }

  onDemand(listener: (bytes: number) => void): void {
    this.#parts.incoming.reply.onDemand(listener)
  }

  tunnel(fields: Fields): ReturnType<Reply['tunnel']> {
    const { incoming, record } = this.#parts
    if (this.#stage !== 'waiting') throw new Error('a tunnel after the response began')
    const ends = incoming.reply.tunnel(upgradeFields(fields))
    this.#stage = 'ended'
    record.status = 101
    record.upgraded = true
    return counted(ends, record)
  }

  /** Answers with the error's row. */
  fail(code: ErrorCode, retryAfterMs?: number): void {
    const { incoming, record } = this.#parts
    const accept = fieldOf(incoming.head, 'accept')
    const fn = record.fn ?? ''
    this.answer(answerOf({ code, fn, requestId: record.id, accept, retryAfterMs }))
  }

  /** A whole answer of the gateway's own; where the response has begun, a reset is the only honest end. */
  answer(answer: Answer): void {
    if (this.#stage !== 'waiting') return this.reset('upstream_broken')
    const { incoming, surroundings, record } = this.#parts
    if (surroundings.isClosing) incoming.last()
    this.#stage = 'ended'
    record.status = answer.status
    const bare = incoming.head.method === 'HEAD'
    record.bytesOut = bare ? 0 : answer.body.length
    send(answer, incoming.reply, {
      bare,
      extra: ['Date', surroundings.date.text, ...this.#timing()],
    })
  }

  /** Answers in the function's stead, without a body. */
  short(status: number): void {
    if (this.#stage !== 'waiting') return
    this.head(status, [], status === 204 ? 'none' : 0)
    this.end()
  }

  #timing(): Fields {
    const { surroundings, record, isTrusted } = this.#parts
    if (!record.start || !seesTiming(surroundings.timing, isTrusted)) return []
    return timingFields({ ...record, start: record.start })
  }
}

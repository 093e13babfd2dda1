/** A request that our wire engine has parsed, as an Incoming: the general way, for all that is not relayed. */

import type { BodyKind, Fields, ResetCode, Sink, Source } from '../../domain/exchange.ts'
import { NAME } from '../../http1/names.ts'
import { type Head, isUpgrade } from '../../http1/record.ts'
import type { ServerConnection } from '../../http1/server-connection.ts'
import type { RequestOwner } from '../../http1/request-owner.ts'
import { parseAuthority } from '../authority.ts'
import type { Fate, Incoming, IncomingHead, Link } from '../incoming.ts'
import { FateLine } from '../fate-line.ts'
import type { Lane, WireLink } from './lane.ts'
import { WireReply } from './reply.ts'

export class WireRequest implements Incoming, RequestOwner {
  readonly #connection: ServerConnection
  readonly #line = new FateLine()
  readonly head: IncomingHead
  readonly link: Link
  readonly arrivedAt: number
  readonly body: WireBody
  readonly reply: WireReply

  constructor(connection: ServerConnection, { link }: Lane, arrivedAt: number) {
    this.#connection = connection
    this.link = link
    this.arrivedAt = arrivedAt
    this.head = headOf(connection.head, link)
    this.body = new WireBody(connection)
    this.reply = new WireReply(connection, this.head, this.body)
    if (this.head.fault) connection.reply.last()
  }

  watch(fate: Fate): void {
    this.#line.watch(fate)
  }

  last(): void {
    this.#connection.reply.last()
  }

  // === What the connection tells. A fault thrown in a callback is this request's alone. ===

  requestData(bytes: Buffer, at: number, end: number): boolean {
    return this.#line.guard(() => this.body.data(bytes.subarray(at, end))) === true
  }

  requestEnd(trailers: Fields | undefined): void {
    this.#line.guard(() => this.body.end(trailers))
  }

  clientGone(code: ResetCode): void {
    this.#line.guard(() => this.body.break(code))
    this.#line.gone(code)
  }

  requestTurn(): void {}

  replyDrained(): void {
    this.#line.guard(() => this.reply.drained())
  }
}

/** The body, or the client's half of a tunnel, with credit. */
export class WireBody implements Source {
  readonly #connection: ServerConnection
  #sink: Sink | undefined
  #credit = 0
  #isOver = false

  constructor(connection: ServerConnection) {
    this.#connection = connection
  }

  start(sink: Sink): void {
    if (this.#isOver) return
    this.#sink = sink
    if (!this.#connection.hasMore) return this.end(undefined)
    if (this.#credit > 0) this.#connection.read()
  }

  demand(bytes: number): void {
    if (this.#isOver) return
    this.#credit += bytes
    if (this.#sink && this.#credit > 0) this.#connection.read()
  }

  reset(_code: ResetCode): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink = undefined
    this.#connection.pause()
  }

  data(bytes: Buffer): boolean {
    if (this.#isOver) return true
    this.#credit -= bytes.length
    if (this.#credit <= 0) this.#connection.pause()
    return this.#sink?.data(bytes) === true
  }

  end(trailers: Fields | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink?.end(trailers)
  }

  /** What follows is the client's half of a tunnel. */
  reopen(): this {
    this.#isOver = false
    this.#sink = undefined
    this.#credit = 0
    return this
  }

  /** The client's side failed. */
  break(code: ResetCode): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink?.reset(code)
  }
}

function headOf(head: Head, link: WireLink): IncomingHead {
  const authority =
    head.hostEnd === 0 ? link.ownAuthority : head.text(head.hostAt, head.authorityEnd)
  const maxForwards = head.method === 'OPTIONS' ? head.value(NAME['max-forwards']) : undefined
  return {
    method: head.method,
    target: head.target(),
    version: head.minor === 1 ? '1.1' : '1.0',
    host: head.host() || (parseAuthority(authority)?.host ?? ''),
    authority,
    fields: head.fields(),
    body: bodyOf(head),
    upgrade: isUpgrade(head) ? protocols(head.value(NAME.upgrade)!) : undefined,
    expectsContinue: head.expectsContinue,
    maxForwards: maxForwards && /^\d{1,9}$/.test(maxForwards) ? Number(maxForwards) : undefined,
    // TRACE would reflect what proxies added on the way (RFC 9110 §9.3.8).
    fault: head.method === 'TRACE' ? 'METHOD_UNSUPPORTED' : undefined,
  }
}

const bodyOf = (head: Head): BodyKind =>
  head.chunked ? 'stream' : head.contentLength < 0 ? 'none' : head.contentLength

/** All that are offered but h2c, which RFC 9113 §3.1 has done away with. */
function protocols(value: string): string | undefined {
  const list = value
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '' && protocol.toLowerCase() !== 'h2c')
  return list.length > 0 ? list.join(', ') : undefined
}

/**
 * A request and its response between two HTTP/1.1 connections, with nothing in between: heads are rewritten
 * as slices, bodies framed anew, and each side is read only as fast as the other takes it. Subclasses write
 * the heads and hear the end. Upgrades and anything unusual go the longer way, as exchanges.
 */

import type { ErrorCode } from '../domain/errors.ts'
import type { Fields, ResetCode } from '../domain/exchange.ts'
import { type Framing, requestFraming } from './body.ts'
import type { ClientConnection } from './client-connection.ts'
import type { ResponseOwner } from './response-owner.ts'
import { parseRequest } from './head.ts'
import type { Pen } from './pen.ts'
import type { Head } from './record.ts'
import type { ServerConnection } from './server-connection.ts'
import type { RequestOwner } from './request-owner.ts'
import type { UpstreamPool } from './upstream-pool.ts'

export interface RelayLimits {
  /** From the request's last byte to the response's head, in ms. */
  readonly responseMs: number
  /** Without a byte in either direction, in ms. */
  readonly idleMs: number
}

/** How it ended. `sent`: a byte of the request may have reached the upstream. */
export type RelayEnd =
  | { readonly k: 'done' }
  | { readonly k: 'gone' }
  | {
      readonly k: 'failed'
      readonly code: ErrorCode
      readonly sent: boolean
      readonly cause: string
    }

const DONE: RelayEnd = { k: 'done' }
const GONE: RelayEnd = { k: 'gone' }

/** RFC 9110 §9.2.2: sending these twice does what sending them once does. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

export abstract class Relay implements RequestOwner, ResponseOwner {
  protected readonly server: ServerConnection
  readonly method: string
  readonly #framing: Framing
  readonly #length: number
  // The request's head, for the one repetition that RFC 9112 §9.3.1 allows: parsed again then.
  readonly #bytes: Buffer
  readonly #at: number
  readonly #end: number
  #pool: UpstreamPool | undefined
  #limits: RelayLimits | undefined
  #client: ClientConnection | undefined
  #requestEnded: boolean
  #answered = false
  #repeated = false
  #over = false
  bytesIn = 0
  bytesOut = 0

  constructor(server: ServerConnection) {
    const { head } = server
    this.server = server
    this.method = head.method
    this.#framing = requestFraming(head)
    this.#length = head.contentLength
    this.#requestEnded = this.#framing === 'none'
    const { bytes, start, end } = head
    // With more behind it the head may lie in bytes that are used again.
    const isAlone = end === bytes.length
    this.#bytes = isAlone ? bytes : Buffer.from(bytes.subarray(start, end))
    this.#at = isAlone ? start : 0
    this.#end = this.#at + end - start
  }

  /** Writes the request line and all fields, framing ones too, and the empty line. `head` is the client's. */
  protected abstract writeRequest(pen: Pen, head: Head): void
  /** Writes the status line and the end-to-end fields, Content-Length where `framing` has one. */
  protected abstract writeResponse(pen: Pen, head: Head, framing: Framing): void
  protected abstract writeInterim(pen: Pen, head: Head): void
  /** What of the trailers goes on. */
  protected abstract allowedTrailers(trailers: Fields): Fields
  /** The upstream's connection is there. */
  protected abstract onConnected(isNew: boolean): void
  /** Both directions are over. With `failed` and nothing answered the answer is the subclass's. */
  protected abstract onEnd(end: RelayEnd): void

  /**
   * Sends the request, in the turn in which it came. False: it has a body and there is no connection yet to
   * take it; nothing was done.
   */
  send(pool: UpstreamPool, limits: RelayLimits): boolean {
    const repeatable = this.#isRepeatable
    if (this.#framing !== 'none' && !pool.hasUnused(repeatable)) return false
    this.#pool = pool
    this.#limits = limits
    this.#sendOn(pool.take(repeatable), this.server.head)
    return true
  }

  /** Ends it before its time. */
  abort(end: RelayEnd): void {
    this.#finish(end)
  }

  /** The request's head once more, for a later turn. */
  protected parsedAgain(): Head {
    const { head } = this.server
    parseRequest(head.over(this.#bytes, this.#at, this.#end))
    return head
  }

  get #isRepeatable(): boolean {
    return this.#framing === 'none' && IDEMPOTENT.has(this.method)
  }

  #sendOn(client: ClientConnection | undefined, head: Head): void {
    if (client === undefined) {
      this.#finish(failed('UPSTREAM_UNREACHABLE', this.#repeated, 'too many connections'))
      return
    }
    this.#client = client
    const pen = client.begin(this, this.method)
    this.writeRequest(pen, head)
    client.body(this.#framing, this.#length)
    if (client.isKept) this.connected()
    else if (this.#requestEnded) client.flush()
  }

  // === The client's side. ===

  requestData(bytes: Buffer, at: number, end: number): boolean {
    const client = this.#client!
    this.bytesIn += end - at
    const free = client.data(bytes, at, end)
    this.#heard()
    if (client.full) this.server.pause()
    return free
  }

  requestEnd(): void {
    this.#requestEnded = true
    this.#client?.endRequest()
    this.#waitForHead()
  }

  requestTurn(): void {
    this.#client?.flush()
  }

  replyDrained(): void {
    this.#heard()
    this.#client?.resume()
  }

  clientGone(code: ResetCode): void {
    this.#finish(code === 'closing' ? failed('CLOSING', true, 'the gateway closes') : GONE)
  }

  // === The upstream's side. ===

  connected(): void {
    this.onConnected(!this.#client!.isKept)
    if (this.#requestEnded) {
      this.#client?.flush()
      this.#waitForHead()
    } else {
      this.#heard()
      this.server.read()
    }
  }

  interim(head: Head): void {
    // Nobody asked for 100: such requests are not relayed.
    if (head.status === 100) return
    this.server.reply.interim(head.status, (pen) => this.writeInterim(pen, head))
  }

  responseHead(head: Head, framing: Framing): void {
    if (head.status === 101) {
      this.#finish(failed('UPSTREAM_INVALID', true, '101 that was not asked for'))
      return
    }
    this.#answered = true
    const { reply } = this.server
    const to = reply.framingFor(framing)
    this.writeResponse(reply.begin(), head, to)
    reply.sendHead(to, head.contentLength)
    this.#heard()
  }

  responseData(bytes: Buffer, at: number, end: number): boolean {
    this.bytesOut += end - at
    const free = this.server.reply.data(bytes, at, end)
    this.#heard()
    if (!this.server.reply.full) return free
    // Nothing is read into the bytes until the reply has drained, and then they are free.
    this.#client?.pause()
    return true
  }

  responseEnd(trailers: Fields | undefined): void {
    const client = this.#client
    this.#client = undefined
    // The rest of a body that nobody waits for is not sent.
    if (!this.#requestEnded) client?.destroy()
    this.#finish(DONE)
    this.server.endReply(trailers && this.allowedTrailers(trailers))
  }

  responseTurn(): void {
    if (!this.#over) this.server.reply.flush()
  }

  requestDrained(): void {
    this.#heard()
    this.server.read()
  }

  failed(code: ErrorCode, sent: boolean, cause: string): void {
    const client = this.#client
    this.#client = undefined
    const stale = code === 'UPSTREAM_CLOSED' && client!.isKept && client!.isUnanswered
    if (stale && this.#isRepeatable && !this.#repeated && !this.#pool!.isClosed) {
      this.#repeated = true
      this.#sendOn(this.#pool!.fresh(), this.parsedAgain())
      return
    }
    // Whatever became of the repetition, it was sent before.
    this.#finish(failed(code, sent || this.#repeated, cause))
  }

  expired(): void {
    const code = this.#answered || this.#requestEnded ? 'UPSTREAM_TIMEOUT' : 'REQUEST_TIMEOUT'
    this.#finish(failed(code, true, 'nothing passed for too long'))
  }

  // === Both. ===

  #waitForHead(): void {
    const { responseMs } = this.#limits!
    if (!this.#answered) this.#allow(responseMs)
  }

  #heard(): void {
    if (this.#answered || !this.#requestEnded) this.#allow(this.#limits!.idleMs)
  }

  #allow(ms: number): void {
    this.#client?.allow(ms)
  }

  #finish(end: RelayEnd): void {
    if (this.#over) return
    this.#over = true
    const client = this.#client
    this.#client = undefined
    client?.destroy()
    this.onEnd(end)
    if (end.k === 'failed' && this.#answered) {
      this.server.reply.flush()
      this.server.destroy()
    }
  }
}

const failed = (code: ErrorCode, sent: boolean, cause: string): RelayEnd => ({
  k: 'failed',
  code,
  sent,
  cause,
})

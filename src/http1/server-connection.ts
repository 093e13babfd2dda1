/**
 * One client's connection, over any duplex stream: reads requests, one at a time and in order, and writes
 * their replies. Whoever serves a request owns it until both directions have ended.
 */

import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../domain/errors.ts'
import type { Fields, ResetCode } from '../domain/exchange.ts'
import { BodyReader, requestFraming } from './body.ts'
import { reading } from './accepted.ts'
import { Timed } from './deadlines.ts'
import { INCOMPLETE, parseRequest, REFUSED } from './head.ts'
import { Inbox } from './inbox.ts'
import { Intake } from './intake.ts'
import { breakOff } from './outlet.ts'
import type { Head } from './record.ts'
import { ReplyWriter } from './reply-writer.ts'
import type { RequestOwner, ServerShared } from './request-owner.ts'

type State = 'idle' | 'busy' | 'tunnel' | 'lingering' | 'closed'

export class ServerConnection extends Timed {
  readonly #stream: Duplex
  readonly #shared: ServerShared
  readonly #inbox: Inbox
  readonly #intake = new Intake()
  readonly #body = new BodyReader()
  /** What is written to the client. */
  readonly reply: ReplyWriter
  #state: State = 'idle'
  #owner: RequestOwner | undefined
  /** The owner wants the body. */
  #reading = false
  /** Somebody still reads bytes of this turn. */
  #lent = false
  /** Bytes that came since the deadline was set: of the body, or while lingering. */
  #came = 0

  constructor(accepted: Duplex, shared: ServerShared) {
    super(shared.deadlines, shared.deadlines.now() + shared.limits.headTimeoutMs)
    this.#shared = shared
    const stream = (this.#stream = reading(accepted, (bytes) => this.#take(bytes)))
    this.reply = new ReplyWriter(stream, this.#body, () => this.#rest())
    this.#inbox = new Inbox(stream, shared.limits.holdMax, (bytes, at, end) =>
      this.#consume(bytes, at, end),
    )
    stream.on('end', () => this.#ended())
    stream.on('drain', () => {
      this.#rest()
      this.#owner?.replyDrained()
    })
    stream.on('error', () => this.#gone())
    stream.on('close', () => this.#gone())
  }

  // === For the service, in the turn of `request`. ===

  get head(): Head {
    return this.#shared.head
  }

  /** Another owner takes the request over; of its body nothing was read yet. */
  handOver(owner: RequestOwner): void {
    if (this.#state !== 'closed') this.#owner = owner
  }

  // === For the owner: the request's body. ===

  /** Whether more is to be read: of the request's body, or of the client's half of a tunnel. */
  get hasMore(): boolean {
    return !this.#body.done
  }

  /** Lets the body flow. What is held comes within this call. */
  read(): void {
    if (this.#reading) return
    this.#reading = true
    this.#came = 0
    if (this.#state === 'busy')
      this.deadline = this.#shared.deadlines.now() + this.#shared.limits.bodyRateMin.perMs
    this.#run()
  }

  pause(): void {
    this.#reading = false
    if (this.#state === 'busy') this.deadline = Infinity
  }

  // === For the owner: how it ends. ===

  /** The reply is complete; the connection goes on to the next request, or ends. */
  endReply(trailers?: Fields): void {
    if (!this.reply.end(trailers)) return this.destroy()
    if (this.#state === 'tunnel') {
      this.reply.close()
      // One that has ended on both sides closes by itself.
      if (this.#body.done) this.#owner = undefined
    } else this.#next()
  }

  /** Answers 101: from now on both directions are bytes. `endReply` closes one, `destroy` both. */
  tunnel(): void {
    this.reply.upgrade()
    this.#state = 'tunnel'
    this.deadline = Infinity
    this.#reading = false
    this.#body.begin('close', 0)
  }

  /** Breaks the connection, without a word to the owner: what the client got is not complete (RFC 9112 §8). */
  destroy(): void {
    this.#owner = undefined
    this.#gone()
  }

  /** Ends it now, but for a complete reply that is still on its way. */
  cut(): void {
    this.#owner?.clientGone('closing')
    this.reply.depart()
    if (this.reply.waiting === 0 || !this.reply.ended) this.destroy()
    else this.#linger()
  }

  /** Ends the connection if no request is on it. */
  closeIdle(): void {
    if (this.#state === 'idle' && !this.#intake.partial) this.#linger()
  }

  // === Reading. ===

  #take(bytes: Buffer): boolean {
    this.#lent = false
    this.#inbox.push(bytes)
    this.#owner?.requestTurn()
    return !this.#lent && this.#inbox.isEmpty
  }

  #run(): void {
    if (this.#inbox.drain()) this.#owner?.requestTurn()
  }

  /** Returns the position up to which it took bytes: `at` when they must wait. */
  #consume(bytes: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case 'idle':
        return this.#readHead(bytes, at, end)
      case 'busy':
        return this.#reading && !this.#body.done ? this.#readBody(bytes, at, end) : at
      case 'tunnel':
        if (!this.#reading) return at
        this.#lent = this.#owner?.requestData(bytes, at, end) === false || this.#lent
        return end
      case 'lingering':
        this.#came += end - at
        if (this.#came > this.#shared.limits.linger.bytes) this.destroy()
        return end
      default:
        return end
    }
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const { head, service, limits, deadlines } = this.#shared
    const begun = this.#intake.partial
    const p = this.#intake.parse(head.over(bytes, at, end), parseRequest)
    if (p === INCOMPLETE) {
      if (!begun && this.#intake.partial) this.deadline = deadlines.now() + limits.headTimeoutMs
      return end
    }
    this.#state = 'busy'
    this.deadline = Infinity
    this.#reading = false
    if (p === REFUSED) {
      this.#refuse(head.code, head.reason)
      return end
    }
    this.reply.next(head.minor, head.persistent)
    this.#body.begin(requestFraming(head), head.contentLength)
    const owner = service.request(this)
    // It may be over already, or in other hands.
    if (this.#state === 'busy' && !this.reply.ended) this.#owner ??= owner
    return p
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const body = this.#body
    const p = body.read(bytes, at, end)
    if (p === REFUSED) {
      this.#broken('client_broken', 'BAD_FRAMING', body.reason)
      return end
    }
    const owner = this.#owner!
    if (body.dataEnd > body.dataAt) {
      this.#came += body.dataEnd - body.dataAt
      this.#lent = !owner.requestData(bytes, body.dataAt, body.dataEnd) || this.#lent
    }
    if (body.done) {
      this.deadline = Infinity
      owner.requestEnd(body.trailers)
    }
    return p
  }

  #rest(): void {
    if (this.#state === 'idle') this.#wait(this.#shared.limits.keepAliveMs)
  }

  // === Ends. ===

  /** The reply is out: to the next request, or to the end of the connection. */
  #next(): void {
    this.#owner = undefined
    if (!this.reply.persistent || !this.#body.done) return this.#linger()
    this.#state = 'idle'
    this.#rest()
    this.#run()
  }

  /** A reply that the client does not take has a limit of its own. */
  #wait(ms: number): void {
    const { deadlines, limits } = this.#shared
    if (this.#stream.writableLength > 0) this.deadline = deadlines.now() + limits.flushMs
    else this.deadline = deadlines.soon(ms)
  }

  /** RFC 9112 §9.6: closes in stages, so that the last reply is not lost to a reset. Parses nothing more. */
  #linger(): void {
    this.#state = 'lingering'
    this.#came = 0
    this.reply.close()
    this.#wait(this.#shared.limits.linger.ms)
    this.#run()
  }

  /** RFC 9112 §11.2: answers, and never parses what follows. */
  #refuse(code: ErrorCode, reason: string): void {
    this.#owner = undefined
    this.#body.begin('none', 0)
    this.reply.next(1, false)
    this.#shared.service.refuse(this, code, reason)
  }

  /** The request cannot be read to its end. The owner may answer; if it does not, the service does. */
  #broken(reset: ResetCode, code: ErrorCode, reason: string): void {
    const began = this.reply.headSent
    const owner = this.#owner
    this.reply.last()
    this.#body.begin('none', 0)
    owner?.clientGone(reset)
    if (began) this.destroy()
    else if (!this.reply.headSent) this.#refuse(code, reason)
  }

  /**
   * The client ended its half. With a request unanswered it counts as gone, as nginx and Node have it: a
   * client that closed looks the same, and nothing should be kept awake for it.
   */
  #ended(): void {
    if (this.#state === 'tunnel') {
      this.#body.begin('none', 0)
      this.#owner?.requestEnd(undefined)
      if (this.reply.ended) this.#owner = undefined
    } else if (this.#state === 'busy' && !this.#body.done && this.#inbox.isEmpty) {
      this.#broken('client_broken', 'BAD_FRAMING', 'the body ended before its length')
    } else if (this.#state !== 'lingering') this.#gone()
  }

  expired(now: number): void {
    const { bodyRateMin } = this.#shared.limits
    if (this.#state === 'idle' && this.#intake.partial) {
      this.#state = 'busy'
      this.#refuse('REQUEST_TIMEOUT', 'the head did not come in time')
    } else if (this.#state === 'idle' && this.reply.waiting === 0) {
      this.#linger()
    } else if (this.#state !== 'busy') {
      this.destroy()
    } else if (this.#came < bodyRateMin.bytes) {
      this.#broken('timeout', 'REQUEST_TIMEOUT', 'the body came too slowly')
    } else {
      this.#came = 0
      this.deadline = now + bodyRateMin.perMs
    }
  }

  #gone(): void {
    if (this.#state === 'closed') return
    this.reply.depart()
    const isBroken = (this.reply.headSent && !this.reply.ended) || this.reply.waiting > 0
    this.#state = 'closed'
    this.endDeadlines()
    if (isBroken) breakOff(this.#stream)
    else this.#stream.destroy()
    const owner = this.#owner
    this.#owner = undefined
    owner?.clientGone('client_gone')
    this.#shared.closed(this)
  }
}

/**
 * One connection to an upstream: sends requests one at a time and reads their responses. It is used again
 * only after a request and a response that both ended exactly where their framing says.
 */

import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { ErrorCode } from '../domain/errors.ts'
import type { Fields } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'
import { BodyReader, type Framing, responseFraming } from './body.ts'
import { DEADLINE_STEP_MS, Timed } from './deadlines.ts'
import { INCOMPLETE, parseResponse, REFUSED } from './head.ts'
import { Intake } from './intake.ts'
import { isToItself, LENT_MAX, Outlet } from './outlet.ts'
import type { Pen } from './pen.ts'
import { ReadBuffer } from './read-buffer.ts'
import type { ClientShared, Home, ResponseOwner } from './response-owner.ts'

type State = 'connecting' | 'idle' | 'busy' | 'tunnel' | 'closed'

export class ClientConnection extends Timed {
  readonly #socket: Socket
  readonly #shared: ClientShared
  readonly #home: Home
  readonly #out: Outlet
  readonly #intake = new Intake()
  readonly #body = new BodyReader()
  #state: State = 'connecting'
  #connected = false
  #owner: ResponseOwner | undefined
  #method = ''
  readonly #buffer = new ReadBuffer()
  #headRead = false
  #requestSent = false
  #answered = false
  #reusable = true
  #interims = 0 // 1xx responses to the request so far
  #keepAlive: string | undefined
  /** On the deadlines' clock, when it was last freed. */
  freedAt = 0
  /** It was there before the request that is on it: the upstream may have closed it in the meantime. */
  isKept = false

  constructor(address: NetConnectOpts, shared: ClientShared & { connectMs: number }, home: Home) {
    super(shared.deadlines, shared.deadlines.now() + shared.connectMs)
    this.#shared = shared
    this.#home = home
    const socket = connect({
      ...address,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: (() => this.#buffer.next()) as () => Uint8Array,
        callback: (count, bytes) => {
          this.#read(bytes as Buffer, count)
          return true
        },
      },
    })
    this.#socket = socket
    this.#out = new Outlet(socket)
    socket.on('connect', () => this.#established())
    socket.on('drain', () => this.#owner?.requestDrained())
    socket.on('end', () => this.#ended())
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lost(error.code ?? error.message))
    socket.on('close', () => this.#lost('closed'))
  }

  /** Since it was last freed, in ms; rather too much than too little, also when the process was suspended just now. */
  get unusedMs(): number {
    return this.#shared.deadlines.now() + DEADLINE_STEP_MS - this.freedAt
  }

  /** The owner is to be told when so many ms have gone by. */
  allow(ms: number): void {
    this.deadline = ms === Infinity ? Infinity : this.#shared.deadlines.soon(ms)
  }

  /** Not a byte came back for the request. */
  get isUnanswered(): boolean {
    return !this.#answered
  }

  // === Sending. ===

  /** Takes the connection for one request. `method` decides how the response is framed. */
  begin(owner: ResponseOwner, method: string): Pen {
    this.#owner = owner
    this.#method = method
    this.#headRead = this.#requestSent = this.#answered = false
    this.#reusable = true
    this.#interims = 0
    this.isKept = this.#connected
    if (this.isKept) {
      this.#state = 'busy'
      this.deadline = Infinity
    }
    return this.#out.pen()
  }

  /** The head is written, its framing fields and the empty line included. */
  body(framing: Framing, length: number): void {
    this.#out.body(framing, length)
    this.#requestSent = framing === 'none'
  }

  get full(): boolean {
    return this.#out.full
  }

  /** Content of the request. True: the bytes are the caller's again. */
  data(bytes: Buffer, at: number, end: number): boolean {
    return this.#state === 'closed' || this.#out.data(bytes, at, end)
  }

  /** The request is complete. */
  endRequest(trailers?: Fields): void {
    if (this.#state === 'closed') return
    if (!this.#out.end(trailers)) return this.destroy()
    this.#requestSent = true
    this.#out.flush()
    if (this.#state === 'tunnel') this.#out.close()
    // An early response was there before (RFC 9112 §9.3): only now the connection is free.
    else if (this.#state === 'busy' && this.#headRead && this.#body.done) this.#free()
  }

  flush(): void {
    this.#out.flush()
  }

  /** After a 101: from now on both directions are bytes. */
  tunnel(): void {
    this.#state = 'tunnel'
    this.#out.body('close', 0)
  }

  /** Stops or continues reading what the upstream sends. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Both halves of its tunnel have ended: it closes by itself, and no longer counts. */
  retire(): void {
    this.#owner = undefined
    this.#leave()
  }

  /** Ends it; the owner is told why. */
  abort(cause: string): void {
    const owner = this.#owner
    const sent = this.#connected
    this.destroy()
    owner?.failed('UPSTREAM_CLOSED', sent, cause)
  }

  /** Ends it without a word to the owner. */
  destroy(): void {
    this.#owner = undefined
    this.#lost('')
  }

  // === Reading. ===

  #read(bytes: Buffer, count: number): void {
    this.#answered = true
    let at = 0
    while (at < count) {
      if (this.#state === 'tunnel') {
        this.#pass(bytes, at, count)
        break
      }
      // RFC 9112 §9.2, §11.1: bytes that nobody asked for could pass for the answer to the next request.
      if (this.#state !== 'busy' || (this.#headRead && this.#body.done)) {
        return this.#lost('bytes that no request asked for')
      }
      at = this.#headRead ? this.#readBody(bytes, at, count) : this.#readHead(bytes, at, count)
      if (at === REFUSED) return
    }
    this.#owner?.responseTurn()
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const { head } = this.#shared
    const p = this.#intake.parse(head.over(bytes, at, end), parseResponse)
    if (p === INCOMPLETE) return end
    if (p === REFUSED) return this.#invalid(head.reason)
    if (head.status < 200 && head.status !== 101) {
      // They come without flow control: nothing else holds back who sends them without end.
      if (++this.#interims > LIMITS.upstreamInterimsMax) return this.#invalid('endless 1xx')
      this.#owner?.interim(head)
      return p
    }
    const framing = responseFraming(head, this.#method)
    this.#headRead = true
    this.#reusable = head.persistent && framing !== 'close'
    this.#keepAlive = head.keepAlive()
    this.#body.begin(framing, head.contentLength)
    this.#owner?.responseHead(head, framing)
    // 101 has no body, but a tunnel; the owner refuses a 101 that was not asked for.
    if (this.#body.done && head.status !== 101) this.#complete(p < end)
    return p
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const body = this.#body
    const p = body.read(bytes, at, end)
    if (p === REFUSED) return this.#invalid(body.reason)
    if (body.dataEnd > body.dataAt) this.#pass(bytes, body.dataAt, body.dataEnd)
    if (body.done) this.#complete(p < end)
    return p
  }

  #pass(bytes: Buffer, at: number, end: number): void {
    const owner = this.#owner
    if (owner === undefined) return
    if (end - at <= LENT_MAX) {
      owner.responseData(bytes, at, end)
      return
    }
    const lent = this.#buffer.lend(bytes, at, end)
    if (!owner.responseData(lent, lent === bytes ? at : 0, lent === bytes ? end : end - at)) {
      this.#buffer.giveAway()
    }
  }

  #complete(surplus: boolean): void {
    const owner = this.#owner
    this.#reusable &&= !surplus
    const early = !this.#requestSent
    if (!early) this.#free()
    owner?.responseEnd(this.#body.trailers)
    if (early && this.#state === 'busy') this.#owner = undefined
  }

  /** Both halves have ended: the next request may come, or the connection ends. */
  #free(): void {
    this.#owner = undefined
    if (!this.#reusable) return this.destroy()
    this.#state = 'idle'
    if (this.#socket.isPaused()) this.#socket.resume() // for a slow reader, who has the end now
    this.#buffer.release()
    this.freedAt = this.#shared.deadlines.recent
    this.#home.free(this, this.#keepAlive)
  }

  #established(): void {
    if (isToItself(this.#socket)) return this.#lost('connected to itself')
    this.#connected = true
    this.deadline = Infinity
    if (this.#state !== 'connecting') return
    if (this.#owner === undefined) return this.#free()
    this.#state = 'busy'
    this.#owner.connected()
  }

  #ended(): void {
    if (this.#state === 'tunnel') this.#owner?.responseEnd(undefined)
    else if (this.#state === 'busy' && this.#headRead && !this.#body.done && this.#body.ended()) {
      this.#complete(false)
      this.destroy()
    } else this.#lost('closed before the response was complete')
  }

  #invalid(reason: string): -1 {
    this.#fail('UPSTREAM_INVALID', true, reason)
    return REFUSED
  }

  #fail(code: ErrorCode, sent: boolean, cause: string): void {
    if (this.#state === 'closed') return
    const owner = this.#owner
    this.#owner = undefined
    this.#leave()
    this.#socket.destroy()
    owner?.failed(code, sent, cause)
  }

  #lost(cause: string): void {
    const code = this.#connected ? 'UPSTREAM_CLOSED' : 'UPSTREAM_UNREACHABLE'
    this.#fail(code, this.#connected, cause)
  }

  #leave(): void {
    this.#state = 'closed'
    this.endDeadlines()
    this.#home.gone(this)
  }

  expired(now: number): void {
    if (this.#state === 'busy' || this.#state === 'tunnel') this.#owner?.expired(now)
    else if (this.#state === 'idle') this.destroy()
    else this.#fail('UPSTREAM_CONNECT_TIMEOUT', false, 'no connection in time')
  }
}

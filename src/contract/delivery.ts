/**
 * One exchange passed on to one instance, from the connection to the end of both directions. Promises exactly
 * one release of the lease, and that nothing is sent twice unless RFC 9110 §9.2.2 allows it.
 */

import type { Lease, Outcome } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { BodyKind, Exchange, Fields, ResetCode, Sink } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Framing } from '../http1/body.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import type { ResponseOwner } from '../http1/response-owner.ts'
import { LENT_MAX } from '../http1/outlet.ts'
import { NAME } from '../http1/names.ts'
import type { Head } from '../http1/record.ts'
import type { UpstreamPool } from '../http1/upstream-pool.ts'
import type { Clock } from '../lib/clock.ts'
import { Credit } from './credit.ts'
import { Silence } from './silence.ts'
import { isOffered, requestFraming, requestHead } from './request-head.ts'

/** RFC 9110 §9.2.2: sending these twice does what sending them once does. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

const hasNoBody = (body: BodyKind): boolean => body === 'none' || body === 0

export interface DeliveryParts {
  readonly lease: Lease
  readonly exchange: Exchange
  readonly pool: UpstreamPool
  readonly clock: Clock
}

type Ends = ReturnType<Exchange['reply']['tunnel']>

export class Delivery implements ResponseOwner, Sink {
  readonly #lease: Lease
  readonly #exchange: Exchange
  readonly #pool: UpstreamPool
  readonly #clock: Clock
  readonly #silence: Silence
  readonly #isRepeatable: boolean
  readonly #up: Credit
  readonly #down = new Credit((stalled) => {
    if (stalled) this.#client?.pause()
    else this.#client?.resume()
  })
  #head = ''
  #client: ClientConnection | undefined
  #ends: Ends | undefined
  #uploadStarted = false
  /** The request, or the client's half of the tunnel, is complete. */
  #upEnded: boolean
  /** The response, or the instance's half of the tunnel. */
  #downEnded = false
  #answered = false
  #isRepeated = false
  #isOver = false
  #touchedAt = -Infinity

  constructor({ lease, exchange, pool, clock }: DeliveryParts) {
    this.#lease = lease
    this.#exchange = exchange
    this.#pool = pool
    this.#clock = clock
    this.#silence = new Silence(clock, () => this.#silent())
    this.#upEnded = hasNoBody(exchange.head.body)
    this.#isRepeatable = this.#upEnded && IDEMPOTENT.has(exchange.head.method)
    this.#up = new Credit(() => {})
  }

  begin(): void {
    this.#exchange.onGone((code) => this.#end({ k: 'gone' }, code))
    if (this.#isOver) return
    try {
      this.#head = requestHead(this.#exchange.head)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      return this.#end(failed('METHOD_UNSUPPORTED', false, cause), 'cancelled')
    }
    this.#send(this.#pool.take(this.#isRepeatable))
  }

  #send(client: ClientConnection | undefined): void {
    if (client === undefined) {
      const cause = `there are ${this.#pool.connectionsMax} connections already`
      return this.#end(failed('UPSTREAM_UNREACHABLE', this.#isRepeated, cause), 'upstream_broken')
    }
    const { head } = this.#exchange
    this.#client = client
    client.begin(this, head.method).text(this.#head)
    client.body(requestFraming(head.body), typeof head.body === 'number' ? head.body : 0)
    if (client.isKept) this.connected()
    else if (this.#upEnded) client.flush()
  }

  connected(): void {
    const { head, reply } = this.#exchange
    this.#exchange.mark?.('connected')
    if (this.#upEnded) this.#silence.allow(this.#lease.fn.timeouts.responseMs)
    else {
      this.#silence.allow(this.#lease.fn.timeouts.idleMs)
      if (head.expectsContinue) reply.interim(100, [])
      this.#startUpload()
    }
    this.#client?.flush()
  }

  // === The request's body, and the client's half of a tunnel. ===

  #startUpload(): void {
    if (this.#uploadStarted) return
    this.#uploadStarted = true
    this.#exchange.body.start(this)
    this.#exchange.body.demand(LIMITS.creditBytes)
  }

  data(bytes: Uint8Array): boolean {
    if (this.#isOver) return true
    const client = this.#client!
    let isRead: boolean
    this.#heard()
    try {
      isRead = client.data(bytes as Buffer, 0, bytes.byteLength)
    } catch (error) {
      // More than was announced: what follows would be read as the next request.
      this.#end(failed('BAD_FRAMING', true, String(error)), 'client_broken')
      return false
    }
    client.flush()
    this.#up.owe(bytes.byteLength)
    if (!client.full) this.requestDrained()
    return isRead
  }

  /** The client takes no trailers of a request further than this: no function may count on them. */
  end(): void {
    if (this.#isOver || this.#upEnded) return
    this.#upEnded = true
    this.#client?.endRequest()
    if (this.#ends) return this.#settle()
    if (!this.#answered) this.#silence.allow(this.#lease.fn.timeouts.responseMs)
  }

  reset(code: ResetCode): void {
    this.#end({ k: 'gone' }, code)
  }

  /** The instance took what was sent: the client may send as much again. */
  requestDrained(): void {
    if (this.#isOver || this.#upEnded) return
    const source = this.#ends?.source ?? this.#exchange.body
    const bytes = this.#up.settle()
    if (bytes > 0) source.demand(bytes)
  }

  // === The response, and the instance's half of a tunnel. ===

  interim(head: Head): void {
    this.#exchange.reply.interim(head.status, head.fields())
  }

  responseHead(head: Head, framing: Framing): void {
    this.#exchange.mark?.('first_byte')
    if (head.status === 101) return this.#upgrade(head)
    this.#answered = true
    this.#silence.allow(this.#lease.fn.timeouts.idleMs)
    const { reply } = this.#exchange
    reply.head(head.status, head.fields(), bodyKind(framing, head))
    if (!this.#isOver && framing !== 'none') reply.onDemand((bytes) => this.#down.add(bytes))
  }

  responseData(bytes: Buffer, at: number, end: number): boolean {
    if (this.#isOver) return true
    this.#heard()
    const isLent = end - at <= LENT_MAX
    const piece = bytes.subarray(at, end)
    this.#down.spend(end - at)
    const sink = this.#ends?.sink ?? this.#exchange.reply
    sink.data(isLent ? Buffer.from(piece) : piece)
    return isLent
  }

  responseEnd(trailers: Fields | undefined): void {
    this.#downEnded = true
    if (this.#ends) {
      this.#ends.sink.end()
      return this.#settle()
    }
    this.#exchange.reply.end(trailers)
    if (this.#upEnded) this.#client = undefined
    this.#finish({ k: 'done' })
  }

  responseTurn(): void {}

  failed(code: ErrorCode, sent: boolean, cause: string): void {
    const client = this.#client
    this.#client = undefined
    if (client === undefined) return
    if (this.#ends) return this.#end(failed('UPSTREAM_CLOSED', true, cause), 'upstream_broken')
    const isStale = code === 'UPSTREAM_CLOSED' && client.isKept && client.isUnanswered
    if (isStale && this.#isRepeatable && !this.#isRepeated && !this.#pool.isClosed) {
      this.#isRepeated = true
      this.#send(this.#pool.fresh())
      // Whatever became of the repetition, it was sent before.
    } else this.#end(failed(code, sent || this.#isRepeated, cause), 'upstream_broken')
  }

  /** This exchange sets no deadline of the connection's. */
  expired(): void {}

  // === Upgrades. ===

  #upgrade(head: Head): void {
    if (!isOffered(head.value(NAME.upgrade), this.#exchange.head.upgrade)) {
      const cause = 'upgraded to something that was not asked for'
      return this.#end(failed('UPSTREAM_INVALID', true, cause), 'upstream_broken')
    }
    this.#silence.allow(this.#lease.fn.timeouts.tunnelMs)
    const fields = head.fields()
    this.#client!.tunnel()
    this.#upEnded = false
    const ends = this.#exchange.reply.tunnel(fields)
    this.#ends = ends
    // From here on only bytes count as activity, no longer the lease alone.
    this.#heard()
    ends.sink.onDemand((bytes) => this.#down.add(bytes))
    ends.source.start(this)
    ends.source.demand(LIMITS.creditBytes)
  }

  #settle(): void {
    if (this.#upEnded && this.#downEnded) this.#finish({ k: 'done' })
  }

  #heard(): void {
    this.#silence.heard()
    if (!this.#ends || this.#isOver) return
    const everyMs = Math.min(LIMITS.touchEveryMs, this.#lease.fn.idle.tunnelAfterMs / 2)
    const now = this.#clock.now()
    if (now - this.#touchedAt < everyMs) return
    this.#touchedAt = now
    this.#lease.touch()
  }

  // === Ends. ===

  #silent(): void {
    if (this.#ends) return this.#end({ k: 'done' }, 'timeout')
    const isClients = this.#answered ? this.#down.isSpent : !this.#upEnded && !this.#client?.full
    const code = isClients ? 'REQUEST_TIMEOUT' : 'UPSTREAM_TIMEOUT'
    this.#end(failed(code, true, 'nothing passed for too long'), 'timeout')
  }

  /** Ends both directions now. */
  #end(outcome: Outcome, code: ResetCode): void {
    if (this.#isOver) return
    if (this.#ends) {
      if (!this.#downEnded) this.#ends.sink.reset(code)
      if (!this.#upEnded) this.#ends.source.reset(code)
    } else if (this.#answered && !this.#downEnded) this.#exchange.reply.reset(code)
    this.#finish(outcome)
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#silence.stop()
    const client = this.#client
    this.#client = undefined
    if (!this.#ends && !this.#upEnded && this.#uploadStarted) this.#exchange.body.reset('cancelled')
    // A tunnel that ended on both sides closes by itself, with what is still on its way.
    if (this.#ends && this.#upEnded && this.#downEnded) client?.retire()
    else client?.destroy()
    this.#lease.release(outcome)
  }
}

const bodyKind = (framing: Framing, head: Head): BodyKind =>
  framing === 'length'
    ? head.contentLength
    : framing === 'none'
      ? head.contentLength === 0
        ? 0
        : 'none'
      : 'stream'

const failed = (code: ErrorCode, sent: boolean, cause: string): Outcome => ({
  k: 'failed',
  code,
  sent,
  cause,
})

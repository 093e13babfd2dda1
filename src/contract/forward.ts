/**
 * One exchange passed on to one instance, from the connection to the end of both directions. Promises exactly
 * one release of the lease, and that nothing is sent twice unless RFC 9110 §9.2.2 allows it.
 */

import type { Duplex } from 'node:stream'

import type { Dispatcher } from 'undici'

import type { Lease, Outcome } from '../domain/admission.ts'
import { type ErrorCode, GatewayError } from '../domain/errors.ts'
import type { BodyKind, Exchange, ResetCode } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import { Answer } from './answer.ts'
import type { Connection } from './connection.ts'
import type { Connections, Wish } from './connections.ts'
import { codeOf } from './failure.ts'
import { fromInstance, isOffered, toInstance } from './fields.ts'
import { Silence } from './silence.ts'
import { Tunnel } from './tunnel.ts'
import { Upload } from './upload.ts'

/** RFC 9110 §9.2.2: sending these twice does what sending them once does. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

const hasNoBody = (body: BodyKind): boolean => body === 'none' || body === 0

export interface ForwardParts {
  readonly lease: Lease
  readonly exchange: Exchange
  readonly connections: Connections
  readonly clock: Clock
}

export class Forward implements Dispatcher.DispatchHandler {
  readonly #lease: Lease
  readonly #exchange: Exchange
  readonly #connections: Connections
  readonly #clock: Clock
  readonly #silence: Silence
  readonly #answer: Answer
  /** An idempotent request without a body: it may be sent once more. */
  readonly #isRepeatable: boolean
  #withdraw: () => void = () => {}
  #connection: Connection | undefined
  #upload: Upload | undefined
  #tunnel: Tunnel | undefined
  #isOver = false
  #isRepeated = false
  /** A byte of the request may have reached the instance. */
  #isSent = false
  #touchedAt = -Infinity

  constructor({ lease, exchange, connections, clock }: ForwardParts) {
    this.#lease = lease
    this.#exchange = exchange
    this.#connections = connections
    this.#clock = clock
    this.#silence = new Silence(clock, () => this.#silent())
    this.#answer = new Answer(exchange.reply, exchange.head.method)
    this.#isRepeatable = IDEMPOTENT.has(exchange.head.method) && hasNoBody(exchange.head.body)
  }

  begin(): void {
    this.#exchange.onGone((code) => this.#abandon(code))
    if (!this.#isOver) this.#connect(this.#isRepeatable ? 'any' : 'recent')
  }

  #connect(age: Wish['age']): void {
    this.#withdraw = this.#connections.take({
      age,
      lease: this.#lease,
      granted: (connection) => this.#send(connection),
      refused: (error) => this.#fail(error),
    })
  }

  #send(connection: Connection): void {
    const { head, reply } = this.#exchange
    this.#connection = connection
    this.#exchange.mark?.('connected')
    if (hasNoBody(head.body)) this.#silence.allow(this.#lease.fn.timeouts.responseMs)
    else {
      this.#silence.allow(this.#lease.fn.timeouts.idleMs)
      this.#upload ??= this.#newUpload()
      if (head.expectsContinue) reply.interim(100, [])
    }
    connection.dispatch(
      {
        path: head.target,
        method: head.method,
        headers: toInstance(head.fields, head.body),
        body: this.#upload?.stream ?? null,
        upgrade: head.upgrade ?? null,
        blocking: false,
      },
      this,
    )
  }

  #newUpload(): Upload {
    return new Upload({
      source: this.#exchange.body,
      heard: () => this.#silence.heard(),
      ended: () => {
        if (this.#answer.isDue) this.#silence.allow(this.#lease.fn.timeouts.responseMs)
      },
      broken: (code) => this.#abandon(code),
    })
  }

  /** undici is about to write. */
  onRequestStart(): void {
    this.#isSent = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#isOver || !this.#connection) return
    const fields = fromInstance(controller.rawHeaders)
    if (status < 200 && status !== 101) return this.#answer.interim(status, fields)
    this.#exchange.mark?.('first_byte')
    this.#silence.allow(this.#lease.fn.timeouts.idleMs)
    this.#answer.head(status, fields, this.#connection)
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#isOver || !this.#connection) return
    this.#silence.heard()
    this.#answer.data(bytes, this.#connection)
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return
    this.#answer.end(fromInstance(controller.rawTrailers))
    this.#finish({ k: 'done' })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error)
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    const fields = fromInstance(controller.rawHeaders)
    if (this.#isOver || !isOffered(fields, this.#exchange.head.upgrade)) {
      this.#fail(
        new GatewayError('UPSTREAM_INVALID', 'upgraded to something that was not asked for'),
      )
      return
    }
    this.#exchange.mark?.('first_byte')
    this.#silence.allow(this.#lease.fn.timeouts.tunnelMs)
    this.#tunnel = new Tunnel({
      socket,
      ends: this.#answer.upgrade(fields),
      heard: () => this.#heard(),
      ended: () => this.#finish({ k: 'done' }),
      broken: (error) => this.#finish(this.#failed('UPSTREAM_CLOSED', error.message)),
      gone: () => this.#finish({ k: 'gone' }),
    })
    // From here on only bytes count as activity, no longer the lease alone.
    this.#heard()
  }

  /** A byte passed through the tunnel. */
  #heard(): void {
    this.#silence.heard()
    const everyMs = Math.min(LIMITS.touchEveryMs, this.#lease.fn.idle.tunnelAfterMs / 2)
    const now = this.#clock.now()
    if (now - this.#touchedAt < everyMs || this.#isOver) return
    this.#touchedAt = now
    this.#lease.touch()
  }

  /** The client went away, or broke its request. */
  #abandon(code: ResetCode): void {
    this.#end({ k: 'gone' }, code)
  }

  #silent(): void {
    if (this.#tunnel) return this.#end({ k: 'done' }, 'timeout')
    const isClients = this.#upload?.isClientsTurn || this.#answer.isStalled
    const code = isClients ? 'REQUEST_TIMEOUT' : 'UPSTREAM_TIMEOUT'
    this.#end(this.#failed(code, 'nothing passed for too long'), 'timeout')
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    // A fault after the whole response does not concern the client.
    if (this.#answer.isOver) return this.#finish({ k: 'done' })
    if (this.#mayRepeat(error)) {
      this.#isRepeated = true
      this.#connection?.destroy()
      this.#connect('new')
    } else this.#end(this.#failed(codeOf(error), error.message), 'upstream_broken')
  }

  /**
   * RFC 9112 §9.3.1: a reused connection that the instance closed meanwhile. What was not sent may always be
   * sent elsewhere; what was sent only if it is idempotent and nothing was answered.
   */
  #mayRepeat(error: Error): boolean {
    const connection = this.#connection
    if (this.#isRepeated || !connection?.isReused || codeOf(error) !== 'UPSTREAM_CLOSED')
      return false
    return !this.#isSent || (this.#isRepeatable && connection.isUnanswered)
  }

  #failed(code: ErrorCode, cause: string): Outcome {
    return { k: 'failed', code, sent: this.#isSent, cause }
  }

  /** Ends both directions now. */
  #end(outcome: Outcome, code: ResetCode): void {
    if (this.#isOver) return
    this.#tunnel?.reset(code)
    this.#answer.reset(code)
    this.#finish(outcome)
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#silence.stop()
    this.#withdraw()
    this.#upload?.cancel()
    const connection = this.#connection
    if (outcome.k !== 'done') connection?.destroy()
    // Not inside a callback of undici's parser: a release may open the next exchange, on this connection too.
    queueMicrotask(() => {
      if (connection && !this.#tunnel) this.#connections.give(connection)
      this.#lease.release(outcome)
    })
  }
}

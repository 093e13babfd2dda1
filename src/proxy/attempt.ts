/**
 * One lease tried for one request: what the contract gets to see of it. Promises that an attempt that is over
 * cannot touch the request any more, and that the lease goes back once.
 */

import type { Lease, Outcome, StartKind, WakePhases } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type {
  BodyKind,
  Exchange,
  Fields,
  Peer,
  Reply,
  RequestHead,
  ResetCode,
  Sink,
  Source,
} from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { InstanceId, RunId } from '../domain/ids.ts'
import type { Account } from './account.ts'

/** A body that a second attempt may take as long as the first one has passed nothing on. */
export interface AttemptedBody extends Source {
  readonly isWhole: boolean
  detach(): void
}

/** The request, as its attempts see it. */
export interface Attempted {
  readonly head: RequestHead
  readonly peer: Peer
  readonly body: AttemptedBody
  readonly reply: Reply
  readonly account: Pick<Account, 'mark'>
  /** It is an upgraded connection from now on. */
  tunnelled(): void
  /** The response's head cannot be written. */
  unwritable(error: unknown): void
  /** The contract threw. */
  crashed(error: unknown): void
  /** A callback threw. */
  crashed(error: unknown): void
  /** The lease is back. */
  ended(attempt: Attempt, outcome: Outcome): void
}

/** Failures that, with nothing sent, are worth another lease. */
const UNREACHED: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_CLOSED',
  'UPSTREAM_CONNECT_TIMEOUT',
  'UPSTREAM_UNREACHABLE',
])

/** No byte of the request reached an instance, so that it may be sent to another one. */
export const wasUnseen = (outcome: Outcome): boolean =>
  outcome.k === 'unused' || (outcome.k === 'failed' && !outcome.sent && UNREACHED.has(outcome.code))

export class Attempt implements Exchange, Lease {
  readonly #request: Attempted
  readonly #lease: Lease
  readonly body: Source
  readonly reply: Reply
  #onGone: ((code: ResetCode) => void) | undefined
  #gone: ResetCode | undefined
  #isReleased = false

  constructor(request: Attempted, lease: Lease) {
    this.#request = request
    this.#lease = lease
    this.body = new AttemptBody(this, request)
    this.reply = new AttemptReply(this, request)
  }

  // The exchange.

  get head(): RequestHead {
    return this.#request.head
  }

  get peer(): Peer {
    return this.#request.peer
  }

  onGone(listener: (code: ResetCode) => void): void {
    if (this.#gone === undefined) this.#onGone = listener
    else listener(this.#gone)
  }

  mark(point: 'connected' | 'first_byte'): void {
    if (this.isLive) this.#request.account.mark(point)
  }

  // The lease.

  get fn(): FunctionSpec {
    return this.#lease.fn
  }

  get instance(): InstanceId {
    return this.#lease.instance
  }

  get run(): RunId {
    return this.#lease.run
  }

  get endpoint(): Endpoint {
    return this.#lease.endpoint
  }

  get start(): StartKind {
    return this.#lease.start
  }

  get wake(): WakePhases | undefined {
    return this.#lease.wake
  }

  touch(): void {
    if (!this.#isReleased) this.#lease.touch()
  }

  release(outcome: Outcome): void {
    if (this.#isReleased) throw new Error(`the lease of ${this.fn.id} was released twice`)
    this.#isReleased = true
    this.#lease.release(outcome)
    this.#request.ended(this, outcome)
  }

  // For the request.

  /** What the contract says still counts: it was not told to stop, and has not given the lease back. */
  get isLive(): boolean {
    return this.#gone === undefined && !this.#isReleased
  }

  get isReleased(): boolean {
    return this.#isReleased
  }

  /** Tells the contract to stop; it releases the lease in its own time. Idempotent. */
  giveUp(code: ResetCode): void {
    if (!this.isLive) return
    this.#gone = code
    const listener = this.#onGone
    this.#onGone = undefined
    try {
      listener?.(code)
    } catch (error) {
      this.#request.crashed(error)
      if (!this.#isReleased) this.release({ k: 'failed', code: 'INTERNAL', sent: true })
    }
  }
}

class AttemptBody implements Source {
  readonly #attempt: Attempt
  readonly #request: Attempted

  constructor(attempt: Attempt, request: Attempted) {
    this.#attempt = attempt
    this.#request = request
  }

  start(sink: Sink): void {
    if (this.#attempt.isLive) this.#request.body.start(sink)
  }

  /** What was held comes within this call; a sink that throws is this request's fault alone. */
  demand(bytes: number): void {
    if (!this.#attempt.isLive) return
    try {
      this.#request.body.demand(bytes)
    } catch (error) {
      this.#request.crashed(error)
    }
  }

  /** A failed connection cancels a body that nobody saw: it is kept for the next attempt. */
  reset(code: ResetCode): void {
    if (!this.#attempt.isLive) return
    if (this.#request.body.isWhole) this.#request.body.detach()
    else this.#request.body.reset(code)
  }
}

class AttemptReply implements Reply {
  readonly #attempt: Attempt
  readonly #request: Attempted

  constructor(attempt: Attempt, request: Attempted) {
    this.#attempt = attempt
    this.#request = request
  }

  interim(status: number, fields: Fields): void {
    if (this.#attempt.isLive) this.#request.reply.interim(status, fields)
  }

  head(status: number, fields: Fields, body: BodyKind): void {
    if (!this.#attempt.isLive) return
    try {
      this.#request.reply.head(status, fields, body)
    } catch (error) {
      this.#request.unwritable(error)
    }
  }

  data(bytes: Uint8Array): void {
    if (this.#attempt.isLive) this.#request.reply.data(bytes)
  }

  end(trailers?: Fields): void {
    if (this.#attempt.isLive) this.#request.reply.end(trailers)
  }

  reset(code: ResetCode): void {
    if (this.#attempt.isLive) this.#request.reply.reset(code)
  }

  onDemand(listener: (bytes: number) => void): void {
    if (!this.#attempt.isLive) return
    this.#request.reply.onDemand((bytes) => {
      if (this.#attempt.isLive) listener(bytes)
    })
  }

  tunnel(fields: Fields): ReturnType<Reply['tunnel']> {
    const ends = this.#request.reply.tunnel(fields)
    this.#request.tunnelled()
    return ends
  }
}

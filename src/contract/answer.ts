/**
 * The response on its way to the client: what undici's parser reads, told to the reply. Promises the order of
 * the reply's calls, and that no more is read than the client can take.
 */

import { GatewayError } from '../domain/errors.ts'
import type { Fields, Reply, ResetCode } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'
import { bodyOf } from './fields.ts'

/** Whence the response comes. */
interface Flow {
  hold(): void
  unhold(): void
}

export class Answer {
  readonly #reply: Reply
  readonly #method: string
  #state: 'due' | 'begun' | 'over' = 'due'
  /** Bytes the client can take. */
  #credit = 0
  #interims = 0

  constructor(reply: Reply, method: string) {
    this.#reply = reply
    this.#method = method
  }

  get isDue(): boolean {
    return this.#state === 'due'
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** The client does not take what is there. */
  get isStalled(): boolean {
    return this.#state === 'begun' && this.#credit <= 0
  }

  /** Throws when there are too many: nothing holds back a function that sends them without end. */
  interim(status: number, fields: Fields): void {
    this.#interims += 1
    if (this.#interims > LIMITS.upstreamInterimsMax)
      throw new GatewayError(
        'UPSTREAM_INVALID',
        `more than ${LIMITS.upstreamInterimsMax} interim responses`,
      )
    this.#reply.interim(status, fields)
  }

  /** Passes the head on, or throws when it cannot be one. */
  head(status: number, fields: Fields, flow: Flow): void {
    if (status < 200)
      throw new GatewayError('UPSTREAM_INVALID', `status ${status} was not asked for`)
    const count = fields.length / 2
    if (count > LIMITS.upstreamFieldsMax) {
      throw new GatewayError('UPSTREAM_INVALID', `the response has ${count} fields`)
    }
    const body = bodyOf(this.#method, status, fields)
    this.#reply.head(status, fields, body)
    this.#state = 'begun'
    // undici takes the length that a 304 may name for the length of a body, and fails; ours is complete here.
    if (body === 'none') return this.end([])
    this.#reply.onDemand((bytes) => {
      this.#credit += bytes
      if (this.#credit > 0 && this.#state === 'begun') flow.unhold()
    })
    if (this.#credit <= 0) flow.hold()
  }

  data(bytes: Uint8Array, flow: Flow): void {
    if (this.#state !== 'begun') return
    this.#credit -= bytes.byteLength
    this.#reply.data(bytes)
    if (this.#credit <= 0) flow.hold()
  }

  /** Trailers beyond the limit are dropped: they may be, at any hop (RFC 9110 §6.5.1). */
  end(trailers: Fields): void {
    if (this.#state !== 'begun') return
    this.#state = 'over'
    const few = trailers.length > 0 && trailers.length <= 2 * LIMITS.upstreamFieldsMax
    this.#reply.end(few ? trailers : undefined)
  }

  /** Nothing happens before the head: then the caller answers. */
  reset(code: ResetCode): void {
    if (this.#state !== 'begun') return
    this.#state = 'over'
    this.#reply.reset(code)
  }

  /** The head was a 101: the connection is the tunnel's. */
  upgrade(fields: Fields): ReturnType<Reply['tunnel']> {
    this.#state = 'over'
    return this.#reply.tunnel(fields)
  }
}

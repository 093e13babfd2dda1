/**
 * One connection to an instance: our socket, and an undici client that speaks HTTP/1.1 on it. Promises that
 * the client never connects by itself, so that what was sent where is always known.
 */

import { Client, type Dispatcher } from 'undici'

import type { Endpoint } from '../domain/endpoint.ts'
import { GatewayError } from '../domain/errors.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import { GatedSocket } from './gated-socket.ts'

export interface Dialing {
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly timeoutMs: number
}

/** Both directions end on their own: a tunnel passes a half-close on. */
function connectTo(endpoint: Endpoint): GatedSocket {
  const socket = new GatedSocket({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: LIMITS.keepAliveProbeMs,
  })
  if (endpoint.k === 'unix') socket.connect({ path: endpoint.path })
  else socket.connect({ host: endpoint.host, port: endpoint.port })
  return socket
}

export class Connection {
  readonly #socket: GatedSocket
  readonly #client: Client
  #isBroken = false
  #handedOver = false
  /** When it was last given back, by the clock; undefined before. */
  usedAt: number | undefined
  /** `bytesRead` when the last request began. */
  #readBefore = 0

  constructor(socket: GatedSocket) {
    this.#socket = socket
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#isBroken = true
      // undici takes a reset for the end of a response that has no length. Ours is the first listener: under
      // another code the error is an error to it.
      if (error.code === 'ECONNRESET') error.code = 'UPSTREAM_RESET'
    })
    this.#client = new Client('http://instance', {
      pipelining: 1,
      connect: (_options, done) => {
        // In a later turn, as a real connect: undici goes on only if it has returned to its loop.
        queueMicrotask(() => {
          if (this.#handedOver || socket.destroyed) {
            done(new GatewayError('UPSTREAM_CLOSED', 'the unused connection was closed'), null)
          } else {
            this.#handedOver = true
            done(null, socket)
          }
        })
      },
      // Ours are exact; undici's have a grain of half a second and no notion of a paused reader.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: LIMITS.upstreamHeadBytes,
      keepAliveTimeout: LIMITS.upstreamIdleMs,
      keepAliveMaxTimeout: LIMITS.upstreamIdleMaxMs,
      keepAliveTimeoutThreshold: LIMITS.upstreamIdleSlackMs,
    })
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#isBroken
  }

  /** It carried a request before: the instance may have closed it without our knowing. */
  get isReused(): boolean {
    return this.usedAt !== undefined
  }

  /** Not a byte came back since the last request began. */
  get isUnanswered(): boolean {
    return this.#socket.bytesRead === this.#readBefore
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#readBefore = this.#socket.bytesRead
    this.#client.dispatch(options, handler)
  }

  /** Reads no further than what is in the parser already. */
  hold(): void {
    this.#socket.hold()
  }

  unhold(): void {
    this.#socket.unhold()
  }

  onClosed(listener: () => void): void {
    this.#socket.once('close', listener)
  }

  /** Ends it at once, with whatever it carries. Idempotent. */
  destroy(reason: Error = new GatewayError('UPSTREAM_CLOSED', 'the connection was dropped')): void {
    // The error matters: undici takes a socket closed without one for a response that ended well.
    this.#socket.destroy(reason)
    void this.#client.destroy(reason)
  }
}

/** Connects; `done` is called once, never in this turn, unless the returned function was called before. */
export function dial(
  { endpoint, clock, timeoutMs }: Dialing,
  done: (result: Connection | Error) => void,
): () => void {
  const socket = connectTo(endpoint)
  const timer = clock.timer(timeoutMs, () =>
    fail(new GatewayError('UPSTREAM_CONNECT_TIMEOUT', `no connection within ${timeoutMs} ms`)),
  )
  let isSettled = false
  const settle = (): void => {
    isSettled = true
    timer.cancel()
    socket.off('connect', onConnect).off('error', onError)
  }
  const fail = (error: Error): void => {
    settle()
    // A second error of an abandoned socket has nobody to go to.
    socket.on('error', () => {}).destroy()
    done(error)
  }
  const onConnect = (): void => {
    settle()
    done(new Connection(socket))
  }
  const onError = (error: NodeJS.ErrnoException): void =>
    fail(
      new GatewayError('UPSTREAM_UNREACHABLE', error.message || `${error.code}`, { cause: error }),
    )
  socket.once('connect', onConnect).once('error', onError)
  return () => {
    if (isSettled) return
    settle()
    socket.on('error', () => {}).destroy()
  }
}

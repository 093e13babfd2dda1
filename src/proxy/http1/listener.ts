/** Listens for HTTP/1.1 with our own wire engine. The only file of the proxy that knows sockets. */

import { createServer, type Server, type Socket } from 'node:net'

import type { ErrorCode } from '../../domain/errors.ts'
import { LIMITS } from '../../domain/limits.ts'
import { Deadlines } from '../../http1/deadlines.ts'
import { Head } from '../../http1/record.ts'
import { ServerConnection } from '../../http1/server-connection.ts'
import type {
  RequestOwner,
  ServerLimits,
  ServerShared,
  Service,
} from '../../http1/request-owner.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Handler, ListenAddress, Listener, ListenerLimits } from '../incoming.ts'
import { plainAddress } from '../trusted-proxies.ts'
import { Lane, type WireLink } from './lane.ts'
import { writeHead } from './response-head.ts'

/** A handler that can also pass a request on as bytes. */
export interface WireHandler extends Handler {
  /** Undefined: the request needs the general way. */
  relay(connection: ServerConnection, lane: Lane): RequestOwner | undefined
  /** The general way. */
  exchange(connection: ServerConnection, lane: Lane): RequestOwner
}

export interface WireListenerParts {
  readonly handler: WireHandler
  readonly clock: Clock
  readonly limits: ListenerLimits
}

export class WireListener implements Listener, Service {
  readonly #parts: WireListenerParts
  readonly #server: Server
  readonly #lanes = new Map<ServerConnection, Lane>()
  readonly #shared: ServerShared
  #connectionsMax: number
  #onEmpty: (() => void) | undefined

  constructor(parts: WireListenerParts) {
    this.#parts = parts
    // Paused: how it is read is decided before anything is.
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true }
    this.#server = createServer(options)
    this.#server.on('connection', (socket) => this.#connected(socket))
    this.#shared = {
      service: this,
      limits: limitsOf(parts.limits),
      deadlines: new Deadlines(parts.clock),
      head: new Head(parts.limits),
      closed: (connection) => this.#closed(connection),
    }
    this.#connectionsMax = parts.limits.connectionsMax
  }

  listen(address: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      const done = (): void => {
        this.#server.off('error', reject)
        // An accept that fails, as for want of descriptors, is no reason to end; the next one may not.
        this.#server.on('error', () => {})
        resolve(this.#bound(address))
      }
      if (address.k === 'unix') this.#server.listen({ path: address.path }, done)
      else this.#server.listen({ host: address.host || undefined, port: address.port }, done)
    })
  }

  reconfigure(limits: ListenerLimits): void {
    this.#shared.limits = limitsOf(limits)
    this.#shared.head = new Head(limits)
    this.#connectionsMax = limits.connectionsMax
  }

  stop(): void {
    if (this.#server.listening) this.#server.close()
    for (const connection of this.#lanes.keys()) connection.closeIdle()
  }

  cut(): Promise<void> {
    this.stop()
    for (const connection of this.#lanes.keys()) connection.cut()
    return new Promise((resolve) => {
      if (this.#lanes.size === 0) resolve()
      else this.#onEmpty = resolve
    })
  }

  // === What the connections ask. ===

  request(connection: ServerConnection): RequestOwner {
    const { handler } = this.#parts
    const lane = this.#lanes.get(connection)!
    return handler.relay(connection, lane) ?? handler.exchange(connection, lane)
  }

  refuse(connection: ServerConnection, code: ErrorCode): void {
    const answer = this.#parts.handler.rubbish(code, this.#lanes.get(connection)!.link)
    writeHead(connection.reply.begin(), answer.status, answer.fields)
    connection.reply.sendHead('length', answer.body.length)
    connection.reply.data(Buffer.from(answer.body), 0, answer.body.length)
    connection.endReply()
  }

  #connected(socket: Socket): void {
    // The server does not know which of its connections still live: they have moved.
    if (this.#lanes.size >= this.#connectionsMax) return void socket.destroy()
    const lane = new Lane(addressOf(socket))
    this.#lanes.set(new ServerConnection(socket, this.#shared), lane)
  }

  #closed(connection: ServerConnection): void {
    this.#lanes.delete(connection)
    if (this.#lanes.size === 0) this.#onEmpty?.()
  }

  #bound(asked: ListenAddress): ListenAddress {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) return asked
    return { k: 'tcp', host: address.address, port: address.port }
  }
}

const limitsOf = ({ headTimeoutMs, keepAliveMs }: ListenerLimits): ServerLimits => ({
  headTimeoutMs,
  keepAliveMs,
  holdMax: LIMITS.creditBytes,
  bodyRateMin: { bytes: LIMITS.bodyWindowBytes, perMs: LIMITS.bodyWindowMs },
  flushMs: LIMITS.flushMs,
  linger: { ms: LIMITS.lingerMs, bytes: LIMITS.lingerBytes },
})

/** Both ends, asked of the system once per connection. */
function addressOf(socket: Socket): WireLink {
  const port = socket.localPort ?? 0
  const own = plainAddress(socket.localAddress ?? 'localhost')
  return {
    address: plainAddress(socket.remoteAddress ?? ''),
    port,
    proto: 'http',
    ownAuthority: `${own.includes(':') ? `[${own}]` : own}:${port}`,
  }
}

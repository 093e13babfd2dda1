/** Listens for HTTP/1.1 with our own wire engine. The only file of the proxy that knows sockets. */

import { createServer, type Server, type Socket } from 'node:net'

import type { ErrorCode } from '../../domain/errors.ts'
import { LIMITS } from '../../domain/limits.ts'
import { Deadlines } from '../../http1/deadlines.ts'
import { Head } from '../../http1/record.ts'
import { ServerConnection } from '../../http1/server-connection.ts'
import type { RequestOwner, ServerLimits, ServerShared, Service } from '../../http1/service.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Handler, Link, ListenAddress, Listener, ListenerLimits } from '../incoming.ts'
import { plainAddress } from '../trusted-proxies.ts'
import { writeHead } from './response-head.ts'
import { WireRequest } from './request.ts'

export interface WireListenerParts {
  readonly handler: Handler
  readonly clock: Clock
  readonly limits: ListenerLimits
}

/** Our end and theirs, asked of the system once per connection. */
export interface WireLink extends Link {
  /** Our own authority, for a client that sent no Host. */
  readonly ownAuthority: string
}

export class WireListener implements Listener, Service {
  readonly #parts: WireListenerParts
  readonly #server: Server
  readonly #links = new Map<ServerConnection, WireLink>()
  readonly #shared: ServerShared
  #onEmpty: (() => void) | undefined

  constructor(parts: WireListenerParts) {
    this.#parts = parts
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true })
    this.#server.on('connection', (socket) => this.#connected(socket))
    this.#shared = {
      service: this,
      limits: limitsOf(parts.limits),
      deadlines: new Deadlines(parts.clock),
      head: new Head(parts.limits),
      closed: (connection) => this.#closed(connection),
    }
    this.#server.maxConnections = parts.limits.connectionsMax
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
    this.#server.maxConnections = limits.connectionsMax
  }

  stop(): void {
    if (this.#server.listening) this.#server.close()
    for (const connection of this.#links.keys()) connection.closeIdle()
  }

  cut(): Promise<void> {
    this.stop()
    for (const connection of this.#links.keys()) connection.cut()
    return new Promise((resolve) => {
      if (this.#links.size === 0) resolve()
      else this.#onEmpty = resolve
    })
  }

  // === What the connections ask. ===

  request(connection: ServerConnection): RequestOwner {
    const { handler, clock } = this.#parts
    const request = new WireRequest(connection, this.#links.get(connection)!, clock.now())
    handler.request(request)
    return request
  }

  refuse(connection: ServerConnection, code: ErrorCode): void {
    const answer = this.#parts.handler.rubbish(code, this.#links.get(connection)!)
    writeHead(connection.beginReply(), answer.status, answer.fields)
    connection.sendHead('length', answer.body.length)
    connection.data(Buffer.from(answer.body), 0, answer.body.length)
    connection.endReply()
  }

  #connected(socket: Socket): void {
    const port = socket.localPort ?? 0
    const own = plainAddress(socket.localAddress ?? 'localhost')
    const link: WireLink = {
      address: plainAddress(socket.remoteAddress ?? ''),
      port,
      proto: 'http',
      ownAuthority: `${own.includes(':') ? `[${own}]` : own}:${port}`,
    }
    this.#links.set(new ServerConnection(socket, this.#shared), link)
  }

  #closed(connection: ServerConnection): void {
    this.#links.delete(connection)
    if (this.#links.size === 0) this.#onEmpty?.()
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

/** The first listener: node:http, strict, its gaps filled. The only folder of the proxy that knows Node's HTTP. */

import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { Socket } from 'node:net'

import { LIMITS } from '../../domain/limits.ts'
import type { Clock } from '../../lib/clock.ts'
import { judgeHead } from '../head-syntax.ts'
import type { Handler, IncomingHead, ListenAddress, Listener, ListenerLimits } from '../incoming.ts'
import { NodeConnection } from './connection.ts'
import { NodeRequest } from './request.ts'
import { NodeUpgrade } from './upgrade.ts'

export interface NodeListenerParts {
  readonly handler: Handler
  readonly clock: Clock
  readonly limits: ListenerLimits
}

export class NodeListener implements Listener {
  readonly #parts: NodeListenerParts
  readonly #server: Server
  readonly #connections = new Map<Socket, NodeConnection>()
  #limits: ListenerLimits
  #onEmpty: (() => void) | undefined

  constructor(parts: NodeListenerParts) {
    this.#parts = parts
    this.#limits = parts.limits
    this.#server = createServer({
      insecureHTTPParser: false,
      // Judged here, so that the answer is ours.
      requireHostHeader: false,
      // A body may take as long as the function allows.
      requestTimeout: 0,
      connectionsCheckingInterval: LIMITS.headCheckMs,
      optimizeEmptyRequests: true,
      noDelay: true,
      keepAlive: true,
      shouldUpgradeCallback: (req) => this.#mayUpgrade(req),
    })
    // Node drops silently what is over its limit; ours is checked in the head's syntax.
    this.#server.maxHeadersCount = 0
    this.reconfigure(parts.limits)
    this.#hear()
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
    this.#limits = limits
    const server = this.#server
    Object.assign(server, { maxHeaderSize: limits.headMax })
    server.headersTimeout = msOf(limits.headTimeoutMs)
    server.keepAliveTimeout = msOf(limits.keepAliveMs)
    server.maxConnections = limits.connectionsMax
  }

  stop(): void {
    if (this.#server.listening) this.#server.close()
    this.#server.closeIdleConnections()
  }

  cut(): Promise<void> {
    this.stop()
    for (const connection of this.#connections.values()) connection.cut()
    return new Promise((resolve) => {
      if (this.#connections.size === 0) resolve()
      else this.#onEmpty = resolve
    })
  }

  #hear(): void {
    const request = (req: IncomingMessage, res: ServerResponse): void =>
      this.#guard(req.socket, () => this.#request(req, res))
    this.#server
      .on('connection', (socket: Socket) => this.#connected(socket))
      .on('request', request)
      .on('checkContinue', request)
      .on('checkExpectation', request)
      .on('upgrade', (req, socket: Socket, first) =>
        this.#guard(socket, () => this.#upgrade(req, socket, first)),
      )
      .on('connect', (_req, socket: Socket) => {
        socket.on('error', () => {})
        this.#connections.get(socket)?.refuse('METHOD_UNSUPPORTED')
      })
      .on('clientError', (error, socket: Socket) => {
        const connection = this.#connections.get(socket)
        if (connection) connection.failed(error)
        else socket.destroy()
      })
  }

  /** One connection's fault never becomes the process's. */
  #guard(socket: Socket, run: () => void): void {
    try {
      run()
    } catch (error) {
      socket.destroy()
      this.#parts.handler.crashed(error)
    }
  }

  #connected(socket: Socket): void {
    this.#connections.set(socket, new NodeConnection(socket, this.#parts))
    socket.once('close', () => {
      this.#connections.delete(socket)
      if (this.#connections.size === 0) this.#onEmpty?.()
    })
  }

  #request(req: IncomingMessage, res: ServerResponse): void {
    const { handler, clock } = this.#parts
    const connection = this.#connections.get(req.socket)
    if (!connection) return void req.socket.destroy()
    if (!connection.admits()) return void req.resume()
    const judged = this.#judge(req, connection)
    // Node gives the socket away before it tells of the request, or not at all.
    const head = judged.upgrade === undefined ? judged : { ...judged, upgrade: undefined }
    handler.request(new NodeRequest({ req, res, head, connection, clock }))
  }

  #upgrade(req: IncomingMessage, socket: Socket, first: Buffer): void {
    const { handler, clock } = this.#parts
    const connection = this.#connections.get(socket)
    if (!connection) return void socket.destroy()
    const head = this.#judge(req, connection)
    handler.request(new NodeUpgrade({ req, socket, first, head, connection, clock }))
  }

  /** Every other request is answered as if it had not asked (RFC 9110 §7.8); with a response owed, the socket is not free. */
  #mayUpgrade(req: IncomingMessage): boolean {
    const connection = this.#connections.get(req.socket)
    if (!connection?.isQuiet || !connection.admits()) return false
    const { upgrade, fault } = this.#judge(req, connection)
    return upgrade !== undefined && fault === undefined
  }

  #judge(req: IncomingMessage, connection: NodeConnection): IncomingHead {
    return judgeHead(
      {
        method: req.method ?? '',
        target: req.url ?? '',
        version: req.httpVersion,
        fields: req.rawHeaders,
        ownAuthority: connection.ownAuthority,
      },
      this.#limits,
    )
  }

  #bound(asked: ListenAddress): ListenAddress {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) return asked
    return { k: 'tcp', host: address.address, port: address.port }
  }
}

/** Node's word for "never" is 0. */
const msOf = (ms: number): number => (ms === Infinity ? 0 : ms)

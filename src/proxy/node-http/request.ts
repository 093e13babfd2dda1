/** A request that node:http has parsed, as an Incoming. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Source } from '../../domain/exchange.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Fate, Incoming, IncomingHead, Link } from '../incoming.ts'
import type { NodeConnection, OnConnection } from './connection.ts'
import { FateLine } from './fate-line.ts'
import { Faucet } from './faucet.ts'
import { NodeReply } from './reply.ts'

export interface NodeRequestParts {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly head: IncomingHead
  readonly connection: NodeConnection
  readonly clock: Clock
}

export class NodeRequest implements Incoming, OnConnection {
  readonly #parts: NodeRequestParts
  readonly #line = new FateLine()
  readonly #faucet: Faucet
  readonly head: IncomingHead
  readonly link: Link
  readonly arrivedAt: number
  readonly reply: NodeReply

  constructor(parts: NodeRequestParts) {
    const { req, res, head, connection, clock } = parts
    this.#parts = parts
    this.head = head
    this.link = connection.link
    this.arrivedAt = clock.now()
    this.#faucet = new Faucet({
      readable: req,
      trailers: () => req.rawTrailers,
      guard: this.#line.guard,
    })
    this.reply = new NodeReply({
      req,
      res,
      clock,
      isRead: () => this.isRead,
      destroy: () => connection.reset(),
      tunnel: () => {
        throw new Error('a tunnel on a request that asked for none')
      },
    })
    connection.began(this)
    if (head.fault) this.last()
    res.once('close', () => this.#closed())
  }

  get body(): Source {
    return this.#faucet
  }

  /** Node tells the end of an empty body only after the request was handed over. */
  get isRead(): boolean {
    return this.#parts.req.complete || this.head.body === 'none' || this.head.body === 0
  }

  watch(fate: Fate): void {
    this.#line.watch(fate)
  }

  last(): void {
    this.#parts.res.shouldKeepAlive = false
    this.#parts.connection.last()
  }

  broken(): void {
    this.#line.guard(() => this.#faucet.break('client_broken'))
    this.#line.gone('client_broken')
  }

  #closed(): void {
    const { req, res, connection } = this.#parts
    if (!res.writableFinished) this.#line.gone('client_gone')
    // What nobody wanted must not stand in the way of the next request.
    req.resume()
    connection.answered(this)
  }
}

/**
 * A request for an upgrade, as an Incoming. Node hands over the bare socket: it is read from the start, within
 * limits, so that early bytes are kept in order and a departure is seen while the request is held.
 */

import {
  type IncomingMessage,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import type { Socket } from 'node:net'

import type { Fields, Reply, ResetCode, Source } from '../../domain/exchange.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { Clock } from '../../lib/clock.ts'
import { HeldBody, HoldBudget, NO_BODY } from '../held-body.ts'
import type { Fate, Incoming, IncomingHead, Link } from '../incoming.ts'
import type { NodeConnection, OnConnection } from './connection.ts'
import { Drain } from './drain.ts'
import { FateLine } from './fate-line.ts'
import { Faucet } from './faucet.ts'
import { NodeReply } from './reply.ts'

export interface NodeUpgradeParts {
  readonly req: IncomingMessage
  readonly socket: Socket
  /** Bytes that came with the head. */
  readonly first: Buffer
  readonly head: IncomingHead
  readonly connection: NodeConnection
  readonly clock: Clock
}

export class NodeUpgrade implements Incoming, OnConnection {
  readonly #parts: NodeUpgradeParts
  readonly #line = new FateLine()
  readonly #res: ServerResponse
  readonly #early: HeldBody
  readonly head: IncomingHead
  readonly link: Link
  readonly arrivedAt: number
  readonly reply: NodeReply
  readonly body: Source = NO_BODY
  readonly isRead = true

  constructor(parts: NodeUpgradeParts) {
    const { req, socket, first, head, connection, clock } = parts
    this.#parts = parts
    this.head = head
    this.link = connection.link
    this.arrivedAt = clock.now()
    // For every answer but 101: an ordinary response, the last one of its connection.
    this.#res = new ServerResponse(req)
    this.#res.shouldKeepAlive = false
    this.#res.assignSocket(socket)
    this.#res.once('finish', () => socket.destroySoon())
    this.reply = new NodeReply({
      req,
      res: this.#res,
      clock,
      isRead: () => true,
      destroy: () => connection.reset(),
      tunnel: (fields) => this.#tunnel(fields),
    })
    const { guard } = this.#line
    socket.on('error', () => {})
    socket.once('end', () => {
      // Half a connection can still be tunnelled, but nobody waits for an answer on one.
      if (this.#res.socket) this.#line.gone('client_gone')
    })
    socket.once('close', () => {
      connection.answered(this)
      const isWell = socket.readableEnded && socket.writableFinished && !socket.errored
      if (!isWell || this.#res.socket) this.#line.gone('client_gone')
    })
    connection.began(this)
    if (first.length > 0) socket.unshift(first)
    this.#early = new HeldBody({
      source: new Faucet({ readable: socket, trailers: () => [], guard }),
      budget: new HoldBudget(LIMITS.creditBytes),
      holdMax: LIMITS.creditBytes,
      isAwaited: false,
      wanted() {},
    })
    this.#early.hold()
  }

  watch(fate: Fate): void {
    this.#line.watch(fate)
  }

  last(): void {}

  broken(): void {
    this.#line.gone('client_broken')
  }

  #tunnel(fields: Fields): ReturnType<Reply['tunnel']> {
    const { socket, connection } = this.#parts
    const head = headOf(fields)
    this.#res.detachSocket(socket)
    socket.write(head, 'latin1')
    const drain = new Drain(socket)
    // A tunnel with one direction broken is of no use to anybody.
    const reset = (_code: ResetCode): void => {
      drain.close()
      connection.reset()
    }
    return {
      source: {
        start: (sink) => this.#early.start(sink),
        demand: (bytes) => this.#early.demand(bytes),
        reset,
      },
      sink: {
        data: (bytes) => drain.write(bytes),
        end: () => {
          drain.close()
          socket.end()
        },
        reset,
        onDemand: (listener) => drain.onDemand(listener),
      },
    }
  }
}

/** Throws, with nothing sent, on a field that would break the head. */
function headOf(fields: Fields): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\n'
  for (let i = 0; i < fields.length; i += 2) {
    validateHeaderName(fields[i]!)
    validateHeaderValue(fields[i]!, fields[i + 1]!)
    text += `${fields[i]}: ${fields[i + 1]}\r\n`
  }
  return `${text}Connection: Upgrade\r\n\r\n`
}

/** A client's connection as a reply: framing as the client's version has it, and never a false end. */

import type { BodyKind, Fields, Reply, ResetCode } from '../../domain/exchange.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { Framing } from '../../http1/body.ts'
import type { ServerConnection } from '../../http1/server-connection.ts'
import type { IncomingHead } from '../incoming.ts'
import type { WireBody } from './request.ts'
import { framed, linesOf, writeHead } from './response-head.ts'

export class WireReply implements Reply {
  readonly #connection: ServerConnection
  readonly #request: IncomingHead
  readonly #body: WireBody
  #listener: ((bytes: number) => void) | undefined
  #framing: Framing = 'none'
  /** Bytes that were written and have not left. */
  #owed = 0
  #stage: 'waiting' | 'begun' | 'over' = 'waiting'

  constructor(connection: ServerConnection, request: IncomingHead, body: WireBody) {
    this.#connection = connection
    this.#request = request
    this.#body = body
  }

  interim(status: number, fields: Fields): void {
    if (this.#stage !== 'waiting') return
    const lines = linesOf(fields)
    this.#connection.reply.interim(status, (pen) => pen.text(lines))
  }

  head(status: number, fields: Fields, body: BodyKind): void {
    if (!Number.isInteger(status) || status < 200 || status > 999) {
      throw new RangeError(`no final status: ${status}`)
    }
    const isBare = this.#request.method === 'HEAD' || status === 204 || status === 304
    const framing = this.#connection.reply.framingFor(isBare ? 'none' : framingOf(body))
    const length = typeof body === 'number' ? body : 0
    writeHead(
      this.#connection.reply.begin(),
      status,
      framed(fields, framing, isBare ? undefined : body),
    )
    this.#connection.reply.sendHead(framing, length)
    this.#framing = framing
    this.#stage = 'begun'
    // A head that its body follows in the same turn leaves with it, in one packet.
    queueMicrotask(() => this.#connection.reply.flush())
  }

  onDemand(listener: (bytes: number) => void): void {
    this.#listener = listener
    listener(LIMITS.creditBytes)
  }

  data(bytes: Uint8Array): void {
    if (this.#stage !== 'begun' || this.#framing === 'none' || bytes.byteLength === 0) return
    const { reply } = this.#connection
    try {
      reply.data(bytes as Buffer, 0, bytes.byteLength)
    } catch {
      return this.reset('upstream_broken')
    }
    reply.flush()
    this.#owed += bytes.byteLength
    if (!reply.full) this.drained()
  }

  /** What was written has left: as much may come again. */
  drained(): void {
    const bytes = this.#owed
    this.#owed = 0
    if (bytes > 0) this.#listener?.(bytes)
  }

  end(trailers?: Fields): void {
    if (this.#stage !== 'begun') return
    this.#over()
    this.#connection.endReply(trailers)
  }

  reset(_code: ResetCode): void {
    this.#over()
    this.#connection.destroy()
  }

  tunnel(fields: Fields): ReturnType<Reply['tunnel']> {
    if (this.#request.upgrade === undefined) {
      throw new Error('a tunnel on a request that asked for none')
    }
    const connection = this.#connection
    writeHead(connection.reply.begin(), 101, fields)
    this.#stage = 'begun'
    this.#framing = 'close'
    connection.tunnel()
    return {
      source: this.#body.reopen(),
      sink: {
        data: (bytes) => this.data(bytes),
        end: () => this.end(),
        // A tunnel with one direction broken is of no use to anybody.
        reset: (code) => this.reset(code),
        onDemand: (listener) => this.onDemand(listener),
      },
    }
  }

  #over(): void {
    this.#stage = 'over'
    this.#listener = undefined
  }
}

const framingOf = (body: BodyKind): Framing =>
  body === 'stream' ? 'chunked' : body === 'none' || body === 0 ? 'none' : 'length'

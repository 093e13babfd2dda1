/** A ServerResponse of Node as a reply: framing as the client's version has it, and never a false end. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { BodyKind, Fields, Reply, ResetCode } from '../../domain/exchange.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { Clock } from '../../lib/clock.ts'
import { Drain } from './drain.ts'

export interface NodeReplyParts {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly clock: Clock
  /** All of the request has been read. */
  isRead(): boolean
  /** Ends the connection so that the client sees a reset. */
  destroy(): void
  tunnel(fields: Fields): ReturnType<Reply['tunnel']>
}

/** What may follow the head that was sent. */
type Framing = 'none' | 'chunked' | 'close' | number

export class NodeReply implements Reply {
  readonly #parts: NodeReplyParts
  readonly #drain: Drain
  #framing: Framing = 'none'
  #written = 0
  #isFlushed = false

  constructor(parts: NodeReplyParts) {
    this.#parts = parts
    this.#drain = new Drain(parts.res)
    // Late writes to a connection that is gone; 'close' tells it.
    parts.res.on('error', () => {})
  }

  interim(status: number, fields: Fields): void {
    if (status === 100) this.#parts.res.writeContinue()
    else this.#parts.res.writeInformation(status, [...fields])
  }

  head(status: number, fields: Fields, body: BodyKind): void {
    const { req, res, isRead } = this.#parts
    if (!Number.isInteger(status) || status < 200 || status > 999) {
      throw new RangeError(`no final status: ${status}`)
    }
    const isBare = req.method === 'HEAD' || status === 204 || status === 304
    const framing = framingOf(isBare ? 'none' : body, res)
    // What is left of the request would be read as the next one, or have to be read for nothing.
    if (!isRead()) res.shouldKeepAlive = false
    // Chunks written by hand to a client of HTTP/1.0 would be content to it.
    res.useChunkedEncodingByDefault = framing !== 'close'
    res.sendDate = false
    res.writeHead(status, framed(fields, framing, isBare))
    this.#framing = framing
    if (framing === 'none' || framing === 0) return
    // A head that its body follows in the same turn leaves with it, in one packet.
    queueMicrotask(() => {
      if (!this.#isFlushed && !res.destroyed) res.flushHeaders()
    })
  }

  onDemand(listener: (bytes: number) => void): void {
    this.#drain.onDemand(listener)
  }

  data(bytes: Uint8Array): void {
    if (this.#framing === 'none' || bytes.byteLength === 0) return
    this.#written += bytes.byteLength
    if (typeof this.#framing === 'number' && this.#written > this.#framing) {
      return this.reset('upstream_broken')
    }
    this.#isFlushed = true
    this.#drain.write(bytes)
  }

  end(trailers?: Fields): void {
    const { res, clock, destroy } = this.#parts
    if (typeof this.#framing === 'number' && this.#written !== this.#framing) {
      return this.reset('upstream_broken')
    }
    this.#isFlushed = true
    this.#drain.close()
    if (trailers && this.#framing === 'chunked') res.addTrailers(pairs(trailers))
    res.end()
    if (res.writableLength === 0) return
    const timer = clock.timer(LIMITS.flushMs, destroy)
    res.once('finish', () => timer.cancel())
    res.once('close', () => timer.cancel())
  }

  reset(_code: ResetCode): void {
    this.#isFlushed = true
    this.#drain.close()
    this.#parts.destroy()
  }

  tunnel(fields: Fields): ReturnType<Reply['tunnel']> {
    return this.#parts.tunnel(fields)
  }
}

const framingOf = (body: BodyKind, res: ServerResponse): Framing => {
  if (body !== 'stream') return body
  return res.req.httpVersion === '1.0' ? 'close' : 'chunked'
}

/**
 * The fields with the framing in them. Content-Length goes to the end: Node mangles a Content-Disposition in
 * latin1 that follows it. `Trailer` announces what only a chunked body can have.
 */
function framed(fields: Fields, framing: Framing, isBare: boolean): string[] {
  const list: string[] = []
  let length =
    framing === 'none' && !isBare ? '0' : typeof framing === 'number' ? String(framing) : undefined
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (lower === 'content-length') {
      if (isBare) length ??= fields[i + 1]
    } else if (lower !== 'trailer' || framing === 'chunked') {
      list.push(fields[i]!, fields[i + 1]!)
    }
  }
  if (length !== undefined) list.push('Content-Length', length)
  return list
}

function pairs(fields: Fields): [string, string][] {
  const list: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) list.push([fields[i]!, fields[i + 1]!])
  return list
}

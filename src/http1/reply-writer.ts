/** What is written to a client: one reply at a time, framed as the client's version has it. */

import type { Duplex } from 'node:stream'
import type { Fields } from '../domain/exchange.ts'
import type { BodyReader, Framing } from './body.ts'
import { Outlet } from './outlet.ts'
import type { Pen } from './pen.ts'

export class ReplyWriter {
  readonly #out: Outlet
  readonly #request: BodyReader
  #minor: 0 | 1 = 1
  /** Another request may follow on the connection. */
  persistent = true
  headSent = false
  ended = false

  /** `request` tells whether the request's body was read to its end. `onStuck`: the client does not take a reply at once. */
  constructor(stream: Duplex, request: BodyReader, onStuck: () => void) {
    this.#out = new Outlet(stream, onStuck)
    this.#request = request
  }

  /** For the connection: a reply to the next request. */
  next(minor: 0 | 1, persistent: boolean): void {
    this.#minor = minor
    this.persistent = persistent
    this.headSent = this.ended = false
  }

  /** Makes this the last reply of the connection; its head says so where it is still to come. */
  last(): void {
    this.persistent = false
  }

  /** True while written bytes wait for the client: the owner is told when they have left. */
  get full(): boolean {
    return this.#out.full
  }

  /** Bytes that have not left. */
  get waiting(): number {
    return this.#out.waiting
  }

  /** The framing towards this client for a body that the other side framed so (RFC 9112 §6.1, §6.3). */
  framingFor(framing: Framing): Framing {
    if (framing === 'none' || framing === 'length') return framing
    return this.#minor === 1 ? 'chunked' : 'close'
  }

  /** An interim response; `lines` writes the fields. A 1.0 client gets none (RFC 9110 §15.2). */
  interim(status: number, lines: (pen: Pen) => void): void {
    if (this.#minor === 0 || this.headSent) return
    const pen = this.#out.pen()
    pen.text(`HTTP/1.1 ${status} \r\n`)
    lines(pen)
    pen.text('\r\n')
    this.#out.flush()
  }

  /** Where the status line and the end-to-end fields are written, Content-Length included. */
  begin(): Pen {
    return this.#out.pen()
  }

  /** Ends the head with the fields of this connection. The request's body may still be on its way. */
  sendHead(framing: Framing, length: number): void {
    const out = this.#out
    const pen = out.pen()
    // RFC 9112 §9.3: what is left of the request's body stands in front of the next request.
    if (framing === 'close' || !this.#request.done) this.persistent = false
    if (framing === 'chunked') pen.text('Transfer-Encoding: chunked\r\n')
    if (!this.persistent) pen.text('Connection: close\r\n\r\n')
    else pen.text(this.#minor === 1 ? '\r\n' : 'Connection: keep-alive\r\n\r\n')
    out.body(framing, length)
    this.headSent = true
  }

  /** Ends the head of a 101; what follows are the bytes of a tunnel. */
  upgrade(): void {
    this.#out.pen().text('Connection: Upgrade\r\n\r\n')
    this.#out.body('close', 0)
    this.#out.flush()
    this.headSent = true
  }

  /** Content. True: the bytes are the caller's again. False: somebody still reads them. */
  data(bytes: Buffer, at: number, end: number): boolean {
    return this.#out.data(bytes, at, end)
  }

  flush(): void {
    this.#out.flush()
  }

  /** For the connection, before it breaks: what was written leaves now. */
  depart(): void {
    this.#out.depart()
  }

  /** For the connection: ends its half, behind what was written. */
  close(): void {
    this.#out.close()
  }

  /** For the connection: the reply is complete. False: it is shorter than announced. */
  end(trailers: Fields | undefined): boolean {
    if (!this.#out.end(trailers)) return false
    this.#out.flush()
    this.ended = true
    return true
  }
}

/**
 * The writing half of a connection: a head, then a body in its framing. Head and small body leave in one write, at
 * the end of the turn; what the socket cannot take then is counted, and its `drain` tells when it is gone.
 */

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Fields } from '../domain/exchange.ts'
import { chunkHead, type Framing, lastChunk } from './body.ts'
import { bytesOf, latin1 } from './latin1.ts'
import { departSoon } from './departures.ts'
import { type Pen, pen } from './pen.ts'

/** Bytes. Content up to this size is copied behind the head; above it a write of its own is cheaper. */
export const LENT_MAX = 16_384

/** Bytes. Up to this size Node writes a string from its stack. */
const TEXT_MAX = 16_384

const CRLF = bytesOf('\r\n')

export class Outlet {
  readonly #stream: Duplex
  /** The kernel copies what a socket accepts; other streams may keep a reference to what they were given. */
  readonly #copies: boolean
  readonly #onStuck: (() => void) | undefined
  /** Leaves at the end of the turn. */
  #text = ''
  #framing: Framing = 'none'
  #left = 0
  /** The framing is complete: nothing more of this message. */
  done = true

  /** `onStuck`: the stream did not take at once what left at the end of a turn. */
  constructor(stream: Duplex, onStuck?: () => void) {
    this.#stream = stream
    this.#copies = stream instanceof Socket
    this.#onStuck = onStuck
  }

  /** Bytes that the stream has not taken yet. */
  get waiting(): number {
    return this.#text.length + this.#stream.writableLength
  }

  /** Whether the writer should wait for `drain`. */
  get full(): boolean {
    return this.#stream.writableNeedDrain
  }

  /** For writing a head. Framing fields and the empty line are the writer's. */
  pen(): Pen {
    return pen.take(this)
  }

  /** The head is written: now come `length` bytes, or what the framing says. Nothing leaves before `flush`. */
  body(framing: Framing, length: number): void {
    this.#framing = framing
    this.#left = framing === 'length' ? length : 0
    this.done = framing === 'none'
  }

  /**
   * Writes content. True: the bytes are the caller's again. False: the stream still reads them. Throws when more comes than announced: the caller breaks the connection then.
   */
  data(bytes: Buffer, at: number, end: number): boolean {
    const count = end - at
    if (count === 0) return true
    if (this.#framing === 'length') {
      if (count > this.#left) throw new RangeError('more content than Content-Length')
      this.#left -= count
      this.done = this.#left === 0
    }
    const chunked = this.#framing === 'chunked'
    if (count <= LENT_MAX) {
      const p = this.pen()
      if (!p.fits(count + 32)) {
        this.flush()
        this.pen()
      }
      if (chunked) p.text(chunkHead(count))
      p.copy(bytes, at, end)
      if (chunked) p.copy(CRLF, 0, 2)
      return true
    }
    return this.#large(bytes, at, end)
  }

  #large(bytes: Buffer, at: number, end: number): boolean {
    const stream = this.#stream
    const chunked = this.#framing === 'chunked'
    this.flush()
    this.depart()
    if (chunked) {
      stream.cork()
      stream.write(bytesOf(chunkHead(end - at)))
    }
    stream.write(bytes.subarray(at, end))
    if (chunked) {
      stream.write(CRLF)
      stream.uncork()
    }
    return this.#copies && stream.writableLength === 0
  }

  /** Ends the body. False: fewer bytes came than announced, and the connection must be broken. */
  end(trailers?: Fields): boolean {
    if (this.#framing === 'length' && this.#left > 0) return false
    if (this.#framing === 'chunked' && !this.done) this.pen().text(lastChunk(trailers))
    this.done = true
    return true
  }

  /** What is written leaves at the end of the turn. */
  flush(): void {
    if (!pen.isHeldBy(this)) return
    const { bytes, length } = pen
    pen.done()
    // As a string: Node writes a short one without an object for the write, and nobody has to know when the
    // bytes have been read. 5 to 10 % less CPU per request than a view of the buffer.
    if (this.#text.length + length <= TEXT_MAX) {
      const isFirst = this.#text === ''
      this.#text += latin1(bytes, 0, length)
      if (isFirst) departSoon(this)
    } else {
      this.depart()
      this.#stream.write(Buffer.from(bytes.subarray(0, length)))
    }
  }

  /** Hands over what was flushed, now. */
  depart(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    if (this.#stream.destroyed) return
    this.#stream.write(text, 'latin1')
    if (this.#stream.writableLength > 0) this.#onStuck?.()
  }

  /** Ends the stream, behind what was written. */
  close(): void {
    this.depart()
    this.#stream.end()
  }
}

/** Ends a stream so that its reader cannot take what it got for complete: with a reset where there are any. */
export function breakOff(stream: Duplex): void {
  if (stream instanceof Socket && stream.remoteAddress !== undefined) stream.resetAndDestroy()
  else stream.destroy()
}

/**
 * TCP lets a socket that tries a free port of its own machine be given that very port, and then it is connected
 * to itself (RFC 9293 §3.5, simultaneous open): nobody listens, and whoever wants to cannot.
 */
export const isToItself = ({
  localPort,
  remotePort,
  localAddress,
  remoteAddress,
}: Socket): boolean =>
  localPort !== undefined && localPort === remotePort && localAddress === remoteAddress

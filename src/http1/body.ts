/**
 * Where a message body ends (RFC 9112 §6, §7): reads what one side framed, so that the other side can be
 * framed anew. No framing byte is ever copied from one connection to another.
 */

import type { Fields } from '../domain/exchange.ts'
import { CR, HEX, LF, SEMICOLON, VALUE } from './chars.ts'
import { parseTrailers, REFUSED } from './head.ts'
import { Intake } from './intake.ts'
import { NAME } from './names.ts'
import { Head } from './record.ts'

export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** Bytes of a chunk's extensions: read, checked and forgotten (RFC 9112 §7.1.1). */
const EXTENSION_MAX = 1_024
/** Hexadecimal digits of a chunk's size, leading zeros included: below 2^53. */
const SIZE_DIGITS_MAX = 13
const TRAILERS = { headMax: 8_192, fieldsMax: 64, targetMax: 0 }

/** One for all bodies: a parsed trailer section is taken at once. */
const trailerHead = new Head(TRAILERS)

/** RFC 9112 §6.3 (6), (7): a request without length and coding has no body. */
export const requestFraming = (head: Head): Framing =>
  head.chunked ? 'chunked' : head.contentLength > 0 ? 'length' : 'none'

/** RFC 9112 §6.3 (1)–(8). `method` is the request's. */
export function responseFraming(head: Head, method: string): Framing {
  if (hasNoBody(head.status, method)) return 'none'
  if (head.chunked) return 'chunked'
  if (head.contentLength < 0) return 'close'
  return head.contentLength > 0 ? 'length' : 'none'
}

/** Responses that end with their head, whatever their fields say (RFC 9112 §6.3 (1)). */
export const hasNoBody = (status: number, method: string): boolean =>
  method === 'HEAD' || status === 204 || status === 304 || status < 200

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers'

export class BodyReader {
  #framing: Framing = 'none'
  #state: State = 'size'
  /** Bytes left of the body, or of the chunk. */
  #left = 0
  #digits = 0
  #extension = 0
  #intake: Intake | undefined
  /** The whole body was read. */
  done = true
  /** After `read`: what of the bytes is content. */
  dataAt = 0
  dataEnd = 0
  /** After `done`: fields that may follow a chunked body, undefined when there are none. */
  trailers: Fields | undefined
  /** After REFUSED. */
  reason = ''

  /** `length` counts for the framing of that name alone. */
  begin(framing: Framing, length: number): void {
    this.#framing = framing
    this.#left = framing === 'length' ? length : 0
    this.#state = 'size'
    this.#digits = 0
    this.trailers = undefined
    this.done = framing === 'none'
  }

  /** Bytes of content that must still come; undefined when only the framing will tell. */
  get left(): number | undefined {
    return this.#framing === 'length' ? this.#left : this.done ? 0 : undefined
  }

  /**
   * Reads on in `bytes[from, to)` and stops after the first piece of content, or at the end of the body.
   * Returns the position after what was read, or REFUSED.
   */
  read(bytes: Buffer, from: number, to: number): number {
    this.dataAt = this.dataEnd = from
    if (this.done) return from
    if (this.#framing === 'chunked') return this.#chunked(bytes, from, to)
    if (this.#framing === 'close') return (this.dataEnd = to)
    const end = to - from < this.#left ? to : from + this.#left
    this.#left -= end - from
    this.done = this.#left === 0
    return (this.dataEnd = end)
  }

  /** The connection ended: whether the body is complete by that (RFC 9112 §6.3 (8), §8). */
  ended(): boolean {
    this.done ||= this.#framing === 'close'
    return this.done
  }

  #refuse(reason: string): -1 {
    this.reason = reason
    return REFUSED
  }

  // === RFC 9112 §7.1: chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF ===

  #chunked(bytes: Buffer, from: number, to: number): number {
    let p = from
    while (p < to) {
      if (this.#state === 'data') return this.#data(p, to)
      if (this.#state === 'trailers') return this.#trailers(bytes, p, to)
      const byte = bytes[p++]!
      if (!this.#framingByte(byte)) return this.#refuse('chunked framing is broken')
    }
    this.dataAt = this.dataEnd = p
    return p
  }

  #data(from: number, to: number): number {
    const end = to - from < this.#left ? to : from + this.#left
    this.#left -= end - from
    if (this.#left === 0) this.#state = 'data-cr'
    this.dataAt = from
    return (this.dataEnd = end)
  }

  /** One byte of what is neither data nor trailer; false when it may not stand there. */
  #framingByte(byte: number): boolean {
    switch (this.#state) {
      case 'size':
        return this.#sizeByte(byte)
      case 'extension':
        if (byte === CR) this.#state = 'size-lf'
        return byte === CR || (VALUE[byte] === 1 && ++this.#extension <= EXTENSION_MAX)
      case 'size-lf':
        this.#state = this.#left === 0 ? 'trailers' : 'data'
        return byte === LF
      case 'data-cr':
        this.#state = 'data-lf'
        return byte === CR
      default:
        this.#state = 'size'
        this.#digits = 0
        return byte === LF
    }
  }

  /** chunk-size = 1*HEXDIG. No sign, no `0x`, no white space; §7.1: overflow must be anticipated. */
  #sizeByte(byte: number): boolean {
    const value = HEX[byte]!
    if (value <= 0xf) {
      this.#left = this.#digits === 0 ? value : this.#left * 16 + value
      return ++this.#digits <= SIZE_DIGITS_MAX
    }
    if (this.#digits === 0) return false
    this.#extension = 0
    this.#state = byte === CR ? 'size-lf' : 'extension'
    return byte === CR || byte === SEMICOLON
  }

  // === RFC 9112 §7.1.2 ===

  #trailers(bytes: Buffer, from: number, to: number): number {
    this.#intake ??= new Intake()
    this.dataAt = this.dataEnd = from
    const p = this.#intake.parse(trailerHead.over(bytes, from, to), parseTrailers)
    if (p === REFUSED) return this.#refuse('trailer section is broken or too large')
    if (p === 0) return to
    this.done = true
    this.trailers = harmless(trailerHead)
    return p
  }
}

/**
 * RFC 9110 §6.5.1: framing, routing, authentication and the like may not come late. Every name that means
 * something to this gateway is one of those.
 */
function harmless(head: Head): Fields | undefined {
  const out: string[] = []
  for (let i = 0; i < head.count; i++) {
    if (head.id(i) !== NAME.other) continue
    out.push(head.text(head.lineAt(i), head.nameEnd(i)))
    out.push(head.text(head.valueAt(i), head.valueEnd(i)))
  }
  return out.length > 0 ? out : undefined
}

/** What stands before `size` bytes of a chunk, which CRLF follows. */
export const chunkHead = (size: number): string => `${size.toString(16)}\r\n`

/** The end of a chunked body. */
export function lastChunk(trailers?: Fields): string {
  if (trailers === undefined) return '0\r\n\r\n'
  let text = '0\r\n'
  for (let i = 0; i < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`
  return `${text}\r\n`
}

/**
 * One message head as offsets into the bytes it came in. Filled by head.ts, valid until the next parse
 * or until the bytes are reused, whichever is sooner: take what you keep.
 */

import type { ErrorCode } from '../domain/errors.ts'
import type { Fields } from '../domain/exchange.ts'
import { isText } from './chars.ts'
import { latin1 } from './latin1.ts'
import { bit, NAME, type NameId } from './names.ts'

export interface HeadLimits {
  /** Bytes from the first of the start line to the empty line, both included. */
  readonly headMax: number
  readonly fieldsMax: number
  /** Bytes. */
  readonly targetMax: number
}

/** Connection options that have a meaning of their own, RFC 9110 §7.6.1. */
export const OPTION = { close: 1, keepAlive: 2, upgrade: 4 } as const

/** Numbers kept per field: start of the line, end of the name, start and end of the value, id of the name. */
const STRIDE = 5

const NOTHING = Buffer.alloc(0)

export class Head {
  kind: 'request' | 'response' | 'trailers' = 'request'
  readonly limits: HeadLimits
  bytes: Buffer = NOTHING
  /** Where the bytes that may be read end. */
  to = 0
  /** First byte of the start line. */
  start = 0
  /** After the empty line that ends the head. */
  end = 0

  // Start line.
  method = ''
  /** Origin-form within the target, or `*`; of an absolute-form what follows the authority. */
  targetAt = 0
  targetEnd = 0
  /** What belongs in front: an absolute-form may have had no path (RFC 9112 §3.2.1, §3.2.4). */
  targetPrefix: '' | '/' | '*' = ''
  /** The minor version; the major is 1. */
  minor: 0 | 1 = 1
  status = 0
  reasonAt = 0
  reasonEnd = 0

  // Fields.
  count = 0
  /** Ids of the names that occur. */
  present = 0
  readonly #table: Int32Array

  // Meaning, found in the same pass.
  /** host [ ":" port ] that routing goes by: the absolute-form's, else the Host field's. */
  hostAt = 0
  /** Without the port. */
  hostEnd = 0
  authorityEnd = 0
  /** -1: no Content-Length. */
  contentLength = -1
  chunked = false
  /** Bits of OPTION. */
  options = 0
  /** Ids of the names that Connection lists. */
  nominated = 0
  /** Other names that Connection lists: start, end, start, end, … */
  readonly nominatedOther: number[] = []
  expectsContinue = false
  /** Value of the one Upgrade field; empty: none, or several. */
  upgradeAt = 0
  upgradeEnd = 0
  /** Whether the connection may carry another message after this one (RFC 9112 §9.3). */
  persistent = true

  // When refused.
  code: ErrorCode = 'BAD_REQUEST'
  reason = ''

  constructor(limits: HeadLimits) {
    this.limits = limits
    this.#table = new Int32Array((limits.fieldsMax + 1) * STRIDE)
  }

  /** Forgets what was parsed and lies over `bytes[from, to)`. */
  over(bytes: Buffer, from: number, to: number): this {
    this.bytes = bytes
    this.start = from
    this.to = to
    this.method = ''
    this.targetPrefix = ''
    this.count = this.present = 0
    this.hostAt = this.hostEnd = this.authorityEnd = 0
    this.contentLength = -1
    this.chunked = false
    this.options = this.nominated = 0
    if (this.nominatedOther.length > 0) this.nominatedOther.length = 0
    this.expectsContinue = false
    this.upgradeAt = this.upgradeEnd = 0
    this.persistent = true
    return this
  }

  /** Notes why the head is refused; returns what the parser returns then. */
  refuse(code: ErrorCode, reason: string): -1 {
    this.code = code
    this.reason = reason
    return -1
  }

  // === Fields, by index below `count`. ===

  lineAt(i: number): number {
    return this.#table[i * STRIDE]!
  }

  /** After the line's CRLF. */
  lineEnd(i: number): number {
    return this.#table[(i + 1) * STRIDE]!
  }

  nameEnd(i: number): number {
    return this.#table[i * STRIDE + 1]!
  }

  valueAt(i: number): number {
    return this.#table[i * STRIDE + 2]!
  }

  valueEnd(i: number): number {
    return this.#table[i * STRIDE + 3]!
  }

  id(i: number): NameId {
    return this.#table[i * STRIDE + 4] as NameId
  }

  /** For the parser: field `count` is at these offsets. */
  add(line: number, nameEnd: number, valueAt: number, valueEnd: number, id: NameId): void {
    const t = this.#table
    const k = this.count++ * STRIDE
    t[k] = line
    t[k + 1] = nameEnd
    t[k + 2] = valueAt
    t[k + 3] = valueEnd
    t[k + 4] = id
    this.present |= 1 << id
  }

  /** For the parser: the empty line is at `line`. */
  finish(line: number): void {
    this.#table[this.count * STRIDE] = line
    this.end = line + 2
  }

  has(id: NameId): boolean {
    return (this.present & bit(id)) !== 0
  }

  /** Index of the first field with the name, or -1. */
  find(id: NameId): number {
    if (!this.has(id)) return -1
    let i = 0
    while (this.id(i) !== id) i++
    return i
  }

  /** Whether Connection lists the name of field `i`, so that it ends here (RFC 9110 §7.6.1). */
  isNominated(i: number): boolean {
    const id = this.id(i)
    if (id !== NAME.other) return (this.nominated & bit(id)) !== 0
    const other = this.nominatedOther
    const at = this.lineAt(i)
    for (let k = 0; k < other.length; k += 2) {
      const name = latin1(this.bytes, other[k]!, other[k + 1]!).toLowerCase()
      if (isText(this.bytes, at, this.nameEnd(i), name)) return true
    }
    return false
  }

  // === Texts, made on demand. ===

  text(at: number, end: number): string {
    return latin1(this.bytes, at, end)
  }

  /** Value of the first field with the name, or undefined. */
  value(id: NameId): string | undefined {
    const i = this.find(id)
    return i < 0 ? undefined : this.text(this.valueAt(i), this.valueEnd(i))
  }

  /** Value of the Keep-Alive field, which some upstreams send with the time they wait. */
  keepAlive(): string | undefined {
    return this.value(NAME['keep-alive'])
  }

  /** Origin-form or `*`. */
  target(): string {
    const text = this.text(this.targetAt, this.targetEnd)
    return this.targetPrefix === '' ? text : this.targetPrefix + text
  }

  /** Lower case, without port and one trailing dot; empty when HTTP/1.0 gave none. */
  host(): string {
    const text = this.text(this.hostAt, this.hostEnd).toLowerCase()
    return text.endsWith('.') ? text.slice(0, -1) : text
  }

  /** All fields as they came. */
  fields(): Fields {
    const out: string[] = []
    for (let i = 0; i < this.count; i++) {
      out.push(
        this.text(this.lineAt(i), this.nameEnd(i)),
        this.text(this.valueAt(i), this.valueEnd(i)),
      )
    }
    return out
  }
}

/**
 * Whether a request may be upgraded, RFC 9110 §7.8: GET in 1.1 without content, one Upgrade field that
 * Connection lists. `h2c` is not passed on: RFC 9113 §3.1 has done away with it.
 */
export function isUpgrade(head: Head): boolean {
  return (
    head.upgradeEnd > head.upgradeAt &&
    head.minor === 1 &&
    head.method === 'GET' &&
    (head.options & OPTION.upgrade) !== 0 &&
    !head.chunked &&
    head.contentLength <= 0 &&
    !isText(head.bytes, head.upgradeAt, head.upgradeEnd, 'h2c')
  )
}

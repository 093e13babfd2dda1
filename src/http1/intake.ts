/**
 * Gathers a head that comes in pieces until it lies in one, so that the parser reads contiguous bytes and
 * the result cannot depend on how the input was split. Costs nothing while heads come whole.
 */

import { CR, LF, VALUE } from './chars.ts'
import { INCOMPLETE, REFUSED } from './head.ts'
import type { Head } from './record.ts'

type Parse = (head: Head) => number

/** Room for the pieces at first; most heads fit. */
const ROOM_MIN = 1_024

export class Intake {
  #held: Buffer | undefined
  #length = 0
  /** Bytes that were looked at for the end of the head. */
  #seen = 0
  /** What was seen ends in: 0 a line's text, 1 its CR, 2 its LF, 3 the CR of an empty line, 4 its LF. */
  #ending = 2
  /** Empty lines in front of a start line are not its end. */
  #begun = false
  /** Bytes of empty lines since the last head. */
  #empty = 0

  /** Whether a part of a head is held. */
  get partial(): boolean {
    return this.#length > 0
  }

  /**
   * Parses the head that begins in what is held, or in the bytes that `head` lies over. Returns the position
   * in those bytes after the head, INCOMPLETE when more must come (they are kept then, copied), or REFUSED.
   */
  parse(head: Head, parse: Parse): number {
    if (this.#length === 0) return this.#begin(head, parse)
    const { bytes, start: from, to } = head
    const before = this.#length
    // One byte beyond the limit is enough for the parser to see that it is exceeded.
    const taken = Math.min(to - from, head.limits.headMax + 1 - before)
    this.#append(bytes, from, from + taken)
    const found = this.#look(head)
    if (found === REFUSED) return REFUSED
    if (found === INCOMPLETE && this.#length <= head.limits.headMax) return INCOMPLETE
    const p = parse(head.over(this.#held!, 0, found === INCOMPLETE ? this.#length : found))
    this.#forget()
    return p > 0 ? from + p - before : p === REFUSED ? REFUSED : cutShort(head)
  }

  #begin(head: Head, parse: Parse): number {
    const from = head.start
    const p = parse(head)
    const { bytes, start, to } = head
    // Empty lines in front are behind us (RFC 9112 §2.2): nothing has begun yet, but they have their limit.
    this.#empty = p === INCOMPLETE ? this.#empty + start - from : 0
    if (this.#empty > head.limits.headMax)
      return head.refuse('HEAD_TOO_LARGE', 'empty lines without end')
    if (p !== INCOMPLETE || start === to) return p
    this.#append(bytes, start, to)
    // A trailer section may consist of its empty line alone.
    this.#begun = head.kind === 'trailers'
    const found = this.#look(head)
    if (found <= 0) return found
    this.#forget()
    return cutShort(head)
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const length = this.#length + to - from
    if (this.#held === undefined || this.#held.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(ROOM_MIN, 2 * length))
      this.#held?.copy(grown, 0, 0, this.#length)
      this.#held = grown
    }
    bytes.copy(this.#held, this.#length, from, to)
    this.#length = length
  }

  /**
   * Looks at new bytes once each: finds the end of the head and, before it comes, bytes that no head may
   * hold (RFC 9112 §2.2), so that a sender of such is answered at once.
   */
  #look(head: Head): number {
    const held = this.#held!
    while (this.#seen < this.#length) {
      const byte = held[this.#seen]!
      if (byte === LF && (this.#ending === 1 || this.#ending === 3)) {
        this.#seen++
        this.#ending++
        if (this.#ending < 4) continue
        if (this.#begun) return this.#seen
        this.#ending = 2
        continue
      }
      const afterCr = this.#ending === 1 || this.#ending === 3
      if (afterCr || (byte !== CR && VALUE[byte] === 0)) {
        this.#forget()
        return head.refuse('BAD_REQUEST', 'control byte, or CR without LF, in the head')
      }
      this.#ending = byte === CR ? this.#ending + 1 : 0
      this.#begun ||= byte !== CR
      this.#seen++
    }
    return INCOMPLETE
  }

  #forget(): void {
    this.#held = undefined
    this.#length = this.#seen = 0
    this.#ending = 2
    this.#begun = false
  }
}

/** The empty line came before the parser had what it needs: a start line too short to be one. */
const cutShort = (head: Head): number => head.refuse('BAD_REQUEST', 'start line is malformed')

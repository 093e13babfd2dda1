/** Names for requests and traces, made without asking the system for each: a prefix and a count, a pool of chance. */

import { type FillRandom, RandomHex } from '../lib/random-hex.ts'

const TRACE_BYTES = 16
const SPAN_BYTES = 8
const PSEUDONYM_BYTES = 4
const REQUEST_ID = /^[A-Za-z0-9._:+/=@-]{1,128}$/
/** W3C Trace Context §3.2.2: version ff is invalid, and so are ids of zeros alone. */
const TRACEPARENT =
  /^(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!ff|00)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?)$/

/** Whether an id from a trusted peer may be kept: short and harmless in logs and headers. */
export const isRequestId = (text: string): boolean => REQUEST_ID.test(text)

export const isTraceparent = (text: string): boolean => text.length <= 256 && TRACEPARENT.test(text)

export class Identifiers {
  readonly #random: RandomHex
  readonly #prefix: string
  /** What this gateway calls itself in Via (RFC 9110 §7.6.3): one of a kind, so that it knows what it has seen before. */
  readonly pseudonym: string
  #count = 0

  constructor(fill: FillRandom) {
    this.#random = new RandomHex(fill)
    this.#prefix = this.spanId()
    this.pseudonym = `coldfront-${this.#random.take(PSEUDONYM_BYTES)}`
  }

  /** Unique over this process by its count, over all processes by 64 random bits. */
  requestId(): string {
    this.#count += 1
    return `${this.#prefix}-${this.#count.toString(36)}`
  }

  /**
   * A new W3C traceparent. Its sampled flag is set: instrumented functions ask the parent whether to record,
   * and a parent that says no would switch off their traces where no header at all would not.
   */
  traceparent(): string {
    return newTraceparent(this.traceIds(), '01')
  }

  /** 32 digits that name a trace, then 16 that name a span in it. */
  traceIds(): string {
    return this.#random.take(TRACE_BYTES + SPAN_BYTES)
  }

  /** 16 digits. */
  spanId(): string {
    return this.#random.take(SPAN_BYTES)
  }
}

/** Of ids as `traceIds` makes them. */
export const newTraceparent = (ids: string, flags: '00' | '01'): string =>
  `00-${ids.slice(0, 2 * TRACE_BYTES)}-${ids.slice(2 * TRACE_BYTES)}-${flags}`

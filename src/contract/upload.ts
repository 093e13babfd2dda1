/**
 * The request's body on its way to the instance: a source with credit on one side, the stream undici reads
 * on the other. Promises to hold no more than the credit, and to reset the source when it ends early.
 */

import { Readable } from 'node:stream'

import type { ResetCode, Sink, Source } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'

/** One half may wait in the stream while the other is on its way to it. */
const HALF = LIMITS.creditBytes / 2

export interface UploadParts {
  readonly source: Source
  /** A part of the body arrived. */
  heard(): void
  /** The whole body arrived. */
  ended(): void
  /** The client's side gave up. */
  broken(code: ResetCode): void
}

export class Upload {
  readonly stream: Readable
  readonly #parts: UploadParts
  #started = false
  #ended = false
  /** Bytes allowed and not yet received. */
  #credit = 0

  constructor(parts: UploadParts) {
    this.#parts = parts
    this.stream = new Readable({
      highWaterMark: HALF,
      read: () => this.#read(),
      destroy: (error, done) => {
        this.#stop()
        done(error)
      },
    })
    // undici takes its listener off when it is done; a late error must not end the process.
    this.stream.on('error', () => {})
  }

  /** The next byte is the client's to send: the instance takes all there is. */
  get isClientsTurn(): boolean {
    return this.#started && !this.#ended && this.#credit > 0
  }

  /** The rest is not wanted. Idempotent. */
  cancel(): void {
    this.#stop()
    this.stream.destroy()
  }

  #stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#parts.source.reset('cancelled')
  }

  #read(): void {
    if (!this.#started) {
      this.#started = true
      this.#parts.source.start(this.#sink())
    }
    // Where something is allowed already, its arrival brings the next call; where nothing is, a stream that got
    // nothing after this call would never call again, however full it is now.
    if (this.#ended || this.#credit > 0) return
    // A last chunk may have gone beyond what was allowed: that counts.
    const missing = HALF - this.#credit
    this.#credit = HALF
    this.#parts.source.demand(missing)
  }

  /** Trailers are dropped: undici cannot send them, and no field in them may count before the end anyway. */
  #sink(): Sink {
    return {
      data: (bytes) => {
        if (this.#ended) return
        this.#credit -= bytes.byteLength
        this.stream.push(bytes)
        this.#parts.heard()
      },
      end: () => {
        if (this.#ended) return
        this.#ended = true
        this.stream.push(null)
        this.#parts.ended()
      },
      reset: (code) => {
        if (this.#ended) return
        this.#ended = true
        this.#parts.broken(code)
      },
    }
  }
}

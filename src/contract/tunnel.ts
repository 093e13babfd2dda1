/**
 * An upgraded connection: two byte streams that end on their own. Promises that a half-close is passed on,
 * that an error on either side ends both, and that each side is read only as fast as the other takes it.
 */

import type { Duplex } from 'node:stream'

import type { Reply, ResetCode } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'

export interface TunnelParts {
  readonly socket: Duplex
  readonly ends: ReturnType<Reply['tunnel']>
  /** A byte passed, in either direction. */
  heard(): void
  /** Both directions have ended well. */
  ended(): void
  /** The instance broke it off. */
  broken(error: Error): void
  /** The client's side broke it off. */
  gone(code: ResetCode): void
}

export class Tunnel {
  readonly #parts: TunnelParts
  #isOver = false
  #upEnded = false
  #downEnded = false
  /** Bytes the client can take. */
  #credit = 0

  constructor(parts: TunnelParts) {
    this.#parts = parts
    this.#carryDown()
    this.#carryUp()
  }

  /** Ends both directions at once. Idempotent. */
  reset(code: ResetCode): void {
    if (this.#isOver) return
    this.#isOver = true
    const { socket, ends } = this.#parts
    socket.destroy()
    if (!this.#downEnded) ends.sink.reset(code)
    if (!this.#upEnded) ends.source.reset(code)
  }

  /** Instance → client. */
  #carryDown(): void {
    const { socket, ends, heard } = this.#parts
    socket.on('data', (bytes: Buffer) => {
      if (this.#isOver) return
      heard()
      this.#credit -= bytes.byteLength
      if (this.#credit <= 0) socket.pause()
      ends.sink.data(bytes)
    })
    socket.once('end', () => {
      if (this.#isOver) return
      this.#downEnded = true
      ends.sink.end()
      this.#settle()
    })
    // `error` is heard by the connection as well; here it ends the tunnel, `close` where none was given.
    const broken = (error?: Error): void => {
      if (this.#isOver) return
      this.reset('upstream_broken')
      this.#parts.broken(error ?? new Error('the instance closed the upgraded connection'))
    }
    socket.once('error', broken).once('close', () => broken())
    socket.pause()
    ends.sink.onDemand((bytes) => {
      this.#credit += bytes
      if (this.#credit > 0 && !this.#isOver) socket.resume()
    })
  }

  /** Client → instance. */
  #carryUp(): void {
    const { socket, ends, heard } = this.#parts
    ends.source.start({
      data: (bytes) => {
        if (this.#isOver) return
        heard()
        // The next bytes are asked for when these have left: never more than the credit is held.
        socket.write(bytes, (error) => {
          if (!error && !this.#isOver) ends.source.demand(bytes.byteLength)
        })
      },
      end: () => {
        if (this.#isOver) return
        this.#upEnded = true
        socket.end()
        this.#settle()
      },
      reset: (code) => {
        if (this.#isOver) return
        this.#upEnded = true
        this.reset(code)
        this.#parts.gone(code)
      },
    })
    ends.source.demand(LIMITS.creditBytes)
  }

  #settle(): void {
    if (!this.#upEnded || !this.#downEnded) return
    this.#isOver = true
    this.#parts.ended()
  }
}

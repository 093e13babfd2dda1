/** A readable of Node as a source with credit: it flows while there is some, and is paused while there is not. */

import type { Readable } from 'node:stream'

import type { Fields, ResetCode, Sink, Source } from '../../domain/exchange.ts'

export interface FaucetParts {
  readonly readable: Readable
  trailers(): Fields
  /** Runs a callback; what it throws is the request's fault alone. */
  guard(run: () => void): void
}

export class Faucet implements Source {
  readonly #parts: FaucetParts
  #sink: Sink | undefined
  #credit = 0
  #isOver = false

  constructor(parts: FaucetParts) {
    this.#parts = parts
  }

  start(sink: Sink): void {
    if (this.#isOver) return
    this.#sink = sink
    const { readable, guard } = this.#parts
    readable.on('data', (bytes: Buffer) => guard(() => this.#data(bytes)))
    readable.on('end', () => guard(() => this.#end()))
    // An error is always followed by 'close'; unheard it would end the process.
    readable.on('error', () => {})
    readable.on('close', () => guard(() => this.break('client_gone')))
    if (this.#credit <= 0) readable.pause()
  }

  demand(bytes: number): void {
    if (this.#isOver) return
    this.#credit += bytes
    if (this.#sink && this.#credit > 0) this.#parts.readable.resume()
  }

  reset(_code: ResetCode): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink = undefined
    this.#parts.readable.pause()
  }

  /** The client's side failed. */
  break(code: ResetCode): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink?.reset(code)
  }

  #data(bytes: Buffer): void {
    if (this.#isOver) return
    this.#credit -= bytes.length
    if (this.#credit <= 0) this.#parts.readable.pause()
    this.#sink?.data(bytes)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const trailers = this.#parts.trailers()
    this.#sink?.end(trailers.length > 0 ? trailers : undefined)
  }
}

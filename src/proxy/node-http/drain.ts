/** A writable of Node as a sink with credit: a byte counts until the system has taken it. */

import type { Writable } from 'node:stream'

import { LIMITS } from '../../domain/limits.ts'

export class Drain {
  readonly #writable: Writable
  #listener: ((bytes: number) => void) | undefined

  constructor(writable: Writable) {
    this.#writable = writable
  }

  /** Told how many more bytes may come, at once with the first ones. */
  onDemand(listener: (bytes: number) => void): void {
    this.#listener = listener
    listener(LIMITS.creditBytes)
  }

  write(bytes: Uint8Array): void {
    this.#writable.write(bytes, (error) => {
      if (!error) this.#listener?.(bytes.byteLength)
    })
  }

  /** Nobody waits for more. */
  close(): void {
    this.#listener = undefined
  }
}

/**
 * Where a connection reads into. While responses are short all connections share one buffer, since nothing is
 * kept beyond the call; a long response gets a buffer of its own, and another when somebody still reads that.
 */

const READ_BYTES = 65_536

const commonBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

export class ReadBuffer {
  #current: Buffer | undefined
  /** The next read goes into another one. */
  #change: 'own' | 'common' | undefined = 'common'

  /** What Node asks before its first read and after each; undefined: the same again. */
  next(): Buffer | undefined {
    if (this.#change === undefined) return undefined
    this.#current = this.#change === 'own' ? Buffer.allocUnsafeSlow(READ_BYTES) : commonBuffer
    this.#change = undefined
    return this.#current
  }

  /** The bytes `[at, end)` of what was read, as one who keeps them may have them: `bytes` itself, or a copy. */
  lend(bytes: Buffer, at: number, end: number): Buffer {
    if (bytes !== commonBuffer) return bytes
    this.#change = 'own'
    return Buffer.from(bytes.subarray(at, end))
  }

  /** Somebody still reads what was lent. */
  giveAway(): void {
    this.#change = 'own'
  }

  /** The response is over. */
  release(): void {
    if (this.#current !== commonBuffer) this.#change = 'common'
  }
}

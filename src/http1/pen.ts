/**
 * The one place where heads are written: a buffer that is filled and handed to a socket within one turn,
 * then used again. A head costs no object and small bodies leave in the same write as their head.
 */

/** Room at first; it grows to the largest head written. */
const ROOM = 32_768
/** Bytes. Up to this a loop is as fast as the call that copies, which takes some 50 ns whatever the size. */
const COPY_LOOP_MAX = 48
/** Chars. The same for the call that writes text, some 40 ns. */
const TEXT_LOOP_MAX = 18

/** Who holds what is written and not yet handed to a socket. */
export interface PenHolder {
  flush(): void
}

export class Pen {
  bytes = Buffer.allocUnsafeSlow(ROOM)
  length = 0
  #holder: PenHolder | undefined

  /** Begins for `holder`. What another wrote and did not flush goes out first. */
  take(holder: PenHolder): this {
    if (this.#holder !== holder) {
      this.#holder?.flush()
      this.#holder = holder
    }
    return this
  }

  isHeldBy(holder: PenHolder): boolean {
    return this.#holder === holder
  }

  /** What was written is out. */
  done(): void {
    this.length = 0
    this.#holder = undefined
  }

  /** Whether `count` more bytes fit without growing. */
  fits(count: number): boolean {
    return this.length + count <= this.bytes.length
  }

  /** Copies `from[at, end)`. */
  copy(from: Buffer, at: number, end: number): void {
    const count = end - at
    if (!this.fits(count)) this.#grow(count)
    const to = this.bytes
    let n = this.length
    if (count <= COPY_LOOP_MAX) for (let i = at; i < end; i++) to[n++] = from[i]!
    else from.copy(to, n, at, end)
    this.length += count
  }

  /** Writes latin1 text. Text that did not come out of a parsed head must not hold CR or LF. */
  text(text: string): void {
    const count = text.length
    if (!this.fits(count)) this.#grow(count)
    const to = this.bytes
    let n = this.length
    if (count <= TEXT_LOOP_MAX) for (let i = 0; i < count; i++) to[n++] = text.charCodeAt(i)
    else to.write(text, n, 'latin1')
    this.length += count
  }

  #grow(count: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + count))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }
}

/** Writing is synchronous, so one is enough. */
export const pen = new Pen()

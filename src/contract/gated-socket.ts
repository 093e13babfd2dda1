/**
 * A socket whose reader can be held off. undici's own pause leaves its parser half way through, and the end of
 * a response without length then fails an assertion in an event handler, which would end the process: so
 * undici is never paused, it just finds nothing to read.
 */

import { Socket } from 'node:net'

export class GatedSocket extends Socket {
  #isHeld = false

  /** undici reads by this method alone, whenever `readable` is emitted. */
  override read(size?: number): Buffer | null {
    return this.#isHeld ? null : (super.read(size) as Buffer | null)
  }

  /** From now on `read` gives nothing; the stream's buffer fills up, then the system's. */
  hold(): void {
    this.#isHeld = true
  }

  unhold(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    // Not in this turn: the call may come from inside the parser, which cannot be entered twice.
    queueMicrotask(() => {
      if (!this.#isHeld && !this.destroyed) this.emit('readable')
    })
  }
}

/** One line that says what goes on and for how long, at a terminal; nothing elsewhere. Leaves no trace. */

import type { Timer } from '../lib/clock.ts'
import type { Shell } from './shell.ts'

const EVERY_MS = 100
/** To the line's beginning, and what was there is gone. */
const CLEAR = '\r\u001b[K'

export class Progress {
  readonly #shell: Shell
  readonly #since: number
  #step: string
  #timer: Timer | undefined

  constructor(shell: Shell, step: string) {
    this.#shell = shell
    this.#since = shell.clock.now()
    this.#step = step
    if (shell.isTerminal) this.#draw()
  }

  /** What goes on now. */
  step(step: string): void {
    this.#step = step
  }

  end(): void {
    this.#timer?.cancel()
    if (this.#shell.isTerminal) this.#shell.out(CLEAR)
  }

  #draw(): void {
    const seconds = (this.#shell.clock.now() - this.#since) / 1_000
    const columns = this.#shell.terminal?.size().columns ?? 80
    this.#shell.out(CLEAR + `${this.#step} … ${seconds.toFixed(1)} s`.slice(0, columns - 1))
    this.#timer = this.#shell.clock.timer(EVERY_MS, () => this.#draw())
  }
}

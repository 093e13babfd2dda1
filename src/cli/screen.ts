/** The whole terminal as a canvas. Whatever happens, what was there before comes back with `close`. */

import type { Shell } from './shell.ts'

/** The other screen, and the cursor hidden. */
const OPEN = '\u001b[?1049h\u001b[?25l'
const CLOSE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
/** The rest of the line, and of the screen. */
const LINE_END = '\u001b[K'
const SCREEN_END = '\u001b[J'

export class Screen {
  readonly #shell: Shell

  constructor(shell: Shell) {
    this.#shell = shell
    shell.out(OPEN)
  }

  /** Over what is there, without clearing first: nothing flickers. */
  draw(lines: readonly string[]): void {
    this.#shell.out(HOME + lines.map((line) => line + LINE_END).join('\r\n') + SCREEN_END)
  }

  close(): void {
    this.#shell.out(CLOSE)
  }
}

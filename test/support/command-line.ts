/** Commands against a running gateway, in this process: what they print is kept, and they end with the test. */

import { run } from '../../src/cli/run.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { FakeShell } from '../unit/cli/fake-shell.ts'
import { PATIENCE_MS } from './event-log.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A command that goes on until nobody reads any more. */
export class RunningCommand {
  readonly #shell = new FakeShell()
  readonly #ended: Promise<number>

  constructor(words: readonly string[]) {
    // Time is real here, unlike in the shell's own tests.
    const shell: Shell = new Proxy(this.#shell, {
      get: (fake, name) => {
        if (name === 'clock') return systemClock
        const value: unknown = Reflect.get(fake, name, fake)
        return typeof value === 'function' ? value.bind(fake) : value
      },
    })
    this.#ended = run(words, shell)
  }

  get out(): string {
    return this.#shell.stdout
  }
  get err(): string {
    return this.#shell.stderr
  }

  /** Until it has printed something like this. */
  async printed(what: RegExp): Promise<void> {
    const late = performance.now() + PATIENCE_MS
    while (!what.test(this.out) && !what.test(this.err)) {
      if (performance.now() > late)
        throw new Error(`waited for ${what}; printed: ${this.out}${this.err}`)
      await new Promise((resolve) => {
        setTimeout(resolve, 5)
      })
    }
  }

  /** Nobody reads what it prints. */
  leave(): void {
    this.#shell.loseOutput()
  }

  async ended(): Promise<Ran> {
    const code = await this.#ended
    return { code, out: this.out, err: this.err }
  }
}

export const runCommand = (words: readonly string[]): Promise<Ran> =>
  new RunningCommand(words).ended()

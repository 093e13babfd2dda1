/** A shell whose output is kept, whose signals are calls, and which does not end the process. */

import { EventEmitter } from 'node:events'
import { FakeClock } from '../../support/fake-clock.ts'
import type { Shell } from '../../../src/cli/shell.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'

export class FakeShell implements Shell {
  readonly env: Record<string, string | undefined> = {}
  readonly homedir = '/nonexistent'
  readonly isRoot = false
  readonly cores = 2
  isTerminal = false
  readonly colour = false
  readonly clock = new FakeClock()
  readonly happenings = new EventEmitter()
  readonly exits: number[] = []
  stdout = ''
  stderr = ''
  logged = ''

  readonly log = {
    write: (text: string, done: (error: Error | undefined) => void) => {
      this.logged += text
      this.clock.turn(() => done(undefined))
    },
  }

  terminal: Terminal | undefined
  #gone: (() => void)[] = []

  onOutputGone(listener: () => void) {
    this.#gone.push(listener)
  }
  /** Nobody reads any more. */
  loseOutput() {
    for (const listener of this.#gone) listener()
  }

  out(text: string) {
    this.stdout += text
  }
  err(text: string) {
    this.stderr += text
  }
  exit(code: number) {
    this.exits.push(code)
  }

  /** Lets everything happen that needs no time to pass. */
  async settle() {
    for (let i = 0; i < 10; i += 1) {
      await Promise.resolve()
      this.clock.run()
    }
  }
}

/** The form of a command: one row of the table in `commands.ts`. */

import type { Shell } from './shell.ts'

export interface Option {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string
  /** What the value is called in help; without it the option is a switch. */
  readonly value?: string
  /** The only values it takes. */
  readonly choices?: readonly string[]
  /** It may be given several times; the values come with commas between them. */
  readonly many?: boolean
  readonly help: string
}

export interface Operand {
  /** What it is called in help. `NAME` is a function, `FILE` a file: completion knows them. */
  readonly name: string
  readonly otherwise?: string
  /** The only values it takes. */
  readonly choices?: readonly string[]
  /** Words that it takes beside files. */
  readonly known?: readonly string[]
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** The one operand, if it takes one: its name in help, and what it is when left out, if it may be. */
  readonly operand?: Operand
  readonly options: readonly Option[]
  readonly example: string
  /** Resolves with the exit code. */
  run(call: Call): Promise<number>
}

/** A parsed command line. */
export interface Call {
  readonly shell: Shell
  readonly operand: string
  readonly values: ReadonlyMap<string, string>
  readonly switches: ReadonlySet<string>
}

/** The command line is wrong: the message says what, and what was meant. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

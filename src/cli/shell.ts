/** What a command gets from the process it runs in. Commands touch the process through this alone. */

import { availableParallelism, homedir } from 'node:os'
import { isatty } from 'node:tty'
import { systemClock } from '../lib/clock.ts'
import { stdoutOutput } from './stdout-output.ts'
import { type Terminal, processTerminal } from './terminal.ts'
import type { Clock } from '../lib/clock.ts'
import type { LineOutput } from '../telemetry/line-sink.ts'

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** What happens to the process from outside and inside. */
export interface Happenings {
  on(name: SignalName, listener: () => void): void
  on(name: 'uncaughtException', listener: (error: unknown) => void): void
}

export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
  readonly isRoot: boolean
  /** Processors. */
  readonly cores: number
  /** Whether people look at the output. */
  readonly isTerminal: boolean
  readonly colour: boolean
  readonly clock: Clock
  readonly happenings: Happenings
  /** Where the log goes. */
  readonly log: LineOutput
  /** Undefined where nobody types. */
  readonly terminal: Terminal | undefined
  out(text: string): void
  err(text: string): void
  /** `listener` is called when nobody reads the output any more, as after `coldfront events | head`. */
  onOutputGone(listener: () => void): void
  /** Ends the process at once. */
  exit(code: number): void
}

/** The real one. */
export function processShell(): Shell {
  const isTerminal = isatty(1)
  // A reader that leaves early is no fault.
  process.stdout.on('error', () => undefined)
  return {
    env: process.env,
    homedir: homedir(),
    isRoot: process.getuid?.() === 0,
    cores: availableParallelism(),
    isTerminal,
    // https://no-color.org
    colour: isTerminal && (process.env['NO_COLOR'] ?? '') === '',
    clock: systemClock,
    happenings: process,
    log: stdoutOutput(systemClock),
    terminal: isTerminal && isatty(0) ? processTerminal : undefined,
    onOutputGone: (listener) => void process.stdout.once('error', listener),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    exit: (code) => process.exit(code),
  }
}

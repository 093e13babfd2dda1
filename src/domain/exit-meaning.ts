/** What the end of a run that nobody asked for means to the operator: the reason, what happened and what to do next. */

export interface Ending {
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly oomKilled: boolean
}

export interface Meaning {
  readonly reason: 'command_missing' | 'exited' | 'oom_killed'
  readonly message: string
}

/** Codes that shells and a container's init exit with, and one that an app chooses that takes itself for done. */
const CODES: Readonly<Record<number, readonly [Meaning['reason'], string]>> = {
  0: ['exited', 'as if it were done: let it stay in the foreground, and listen'],
  126: [
    'command_missing',
    'a command is there and cannot be run: make it executable, and see that it is made for this machine',
  ],
  127: [
    'command_missing',
    'a command was not found: correct command: or entrypoint:, or put the program where that looks for it',
  ],
}

export function meaningOf({ code, signal, oomKilled }: Ending): Meaning {
  // A child of it may have been killed long ago, and that it ended well then has another cause.
  if (oomKilled && code !== 0)
    return {
      reason: 'oom_killed',
      message: 'was killed at its memory limit: raise memory:, or let it take less',
    }
  if (signal !== undefined)
    return { reason: 'exited', message: `was ended by ${signal}: its last lines may say why` }
  const known = code === undefined ? undefined : CODES[code]
  if (known) return { reason: known[0], message: `exited with code ${code}, ${known[1]}` }
  return {
    reason: 'exited',
    message: `exited with code ${code ?? 'unknown'}: its last lines may say why`,
  }
}

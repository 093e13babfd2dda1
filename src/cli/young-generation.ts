/**
 * How much memory the heap may set aside for young objects. V8 is told that when a process starts and at no other time, so one
 * that is going to serve puts itself, with the bound, in its own place: the same pid, streams and environment.
 */

/**
 * MB, as V8 counts: two to three times this is taken. Left alone it goes to 32 and mostly keeps what it took at the largest
 * moment: ten thousand held requests cost 16.5 KB each instead of 8.7 (bench storm). A smaller one would have warm requests
 * collected more often, this one does not. docs/decisions/memory.md
 */
const YOUNG_MAX_MB = 16

const OPTION = '--max-semi-space-size'

/** What of the process this is about. */
export interface Starting {
  readonly argv: readonly string[]
  readonly execArgv: readonly string[]
  readonly execPath: string
  readonly env: NodeJS.ProcessEnv
  /** Its parent talks to it over a channel, which would not survive. */
  readonly connected?: boolean | undefined
  /** There where Node was told to forbid things, other programs among them. */
  readonly permission?: unknown
  /** Where the system can do it. */
  readonly execve?:
    | ((file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never)
    | undefined
}

/**
 * Does not return where the process begins anew, with `added` in its environment. Where a size is given already, or it cannot
 * be done, it goes on as it is.
 */
export function boundYoungGeneration(starting: Starting, added: NodeJS.ProcessEnv): void {
  const { argv, execArgv, execPath, env, connected, permission, execve } = starting
  if (!execve || connected || permission) return
  const given = [...execArgv, env['NODE_OPTIONS'] ?? ''].join(' ')
  if (/semi[-_]space[-_]size/.test(given)) return
  const args = [execPath, `${OPTION}=${YOUNG_MAX_MB}`, ...execArgv, ...argv.slice(1)]
  execve.call(starting, execPath, args, { ...env, ...added })
}

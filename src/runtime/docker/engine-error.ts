/** What an engine's answer means: HTTP statuses, messages and socket errors → the port's reasons. */

import { RuntimeError } from '../runtime.ts'
import type { RuntimeFailure } from '../runtime.ts'

const AWAY = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'EACCES',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
])

interface Row {
  readonly words: RegExp
  readonly reason: RuntimeFailure
  /** What to do about it. */
  readonly next: string
}

/** The first row whose words are in the engine's message gives the reason and the advice. */
const ROWS: readonly Row[] = [
  {
    words: /no space left on device|disk quota exceeded/i,
    reason: 'disk_full',
    next: 'make room on the disk of the engine (docker system df, docker system prune)',
  },
  {
    words:
      /no such image|image not known|manifest (for .* )?(unknown|not found)|repository does not exist|pull access denied/i,
    reason: 'image_missing',
    next: 'build, load or pull it, or correct image:',
  },
  {
    words: /no such container|no container with name/i,
    reason: 'container_missing',
    next: 'the next start looks for it, or makes it, anew',
  },
  {
    words: /port is already allocated|address already in use/i,
    reason: 'port_taken',
    next: 'end what listens there, or choose another port',
  },
  {
    words: /exec format error/i,
    reason: 'command_missing',
    next: 'take an image made for the processor of this machine, and see that scripts begin with #!',
  },
  {
    words: /exec.*permission denied/i,
    reason: 'command_missing',
    next: 'make the file executable, or correct command: or entrypoint:',
  },
  {
    words: /executable file not found|exec .*no such file or directory/i,
    reason: 'command_missing',
    next: 'correct command: or entrypoint:, or put the program into the image',
  },
  {
    words: /network .*not found|could not attach to network/i,
    reason: 'refused',
    next: 'create the network (docker network create), or correct networks:',
  },
  {
    words: /invalid mount|invalid volume|bind source path|error while mounting|failed to mount/i,
    reason: 'refused',
    next: 'correct volumes: or tmpfs:',
  },
]

/** Where the engine's words are not known. */
const UNKNOWN = { reason: 'failed', next: 'the log of the engine may say more' } as const

/** The HTTP status of a dockerode error; undefined when the engine did not answer. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode
  return typeof status === 'number' ? status : undefined
}

/** The engine's own words, without the wrapping of the client library. */
export function engineMessage(error: unknown): string {
  const json = (error as { json?: { message?: unknown } | null } | undefined)?.json
  if (typeof json?.message === 'string') return json.message
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^\(HTTP code \d+\) .*? - /, '').trim()
}

/** What a message of the engine stands for. */
const rowOf = (message: string): Pick<Row, 'reason' | 'next'> =>
  ROWS.find(({ words }) => words.test(message)) ?? UNKNOWN

/** The reason that a message of the engine stands for. */
export const reasonOf = (message: string): RuntimeFailure => rowOf(message).reason

/** What the engine itself said of a call, with what to do about it. `doing` completes "could not …". */
export function engineError(doing: string, message: string, cause?: unknown): RuntimeError {
  const { reason, next } = rowOf(message)
  return new RuntimeError(reason, `could not ${doing}: ${message}: ${next}`, [], { cause })
}

/** `doing` completes "could not …". A RuntimeError stays what it is. */
export function toRuntimeError(doing: string, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error
  const message = engineMessage(error)
  if (statusOf(error) !== undefined) return engineError(doing, message, error)
  const code = (error as { code?: unknown } | undefined)?.code
  const away =
    (typeof code === 'string' && AWAY.has(code)) || /socket hang up|aborted/i.test(message)
  const text = away
    ? `the engine is away (could not ${doing}: ${message}): start it; it is asked again by itself`
    : `could not ${doing}: ${message}: ${UNKNOWN.next}`
  return new RuntimeError(away ? 'engine_away' : 'failed', text, [], { cause: error })
}

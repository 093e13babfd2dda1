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

/** The first row whose words are in the engine's message gives the reason. */
const WORDS: readonly (readonly [RegExp, RuntimeFailure])[] = [
  [
    /no such image|image not known|manifest (for .* )?(unknown|not found)|repository does not exist|pull access denied/i,
    'image_missing',
  ],
  [/no such container|no container with name/i, 'container_missing'],
  [/port is already allocated|address already in use/i, 'port_taken'],
  [
    /executable file not found|exec .*no such file or directory|exec format error|exec.*permission denied/i,
    'command_missing',
  ],
]

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

/** The reason that a message of the engine stands for. */
export const reasonOf = (message: string): RuntimeFailure =>
  WORDS.find(([words]) => words.test(message))?.[1] ?? 'failed'

/** `doing` completes "could not …". A RuntimeError stays what it is. */
export function toRuntimeError(doing: string, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error
  const message = engineMessage(error)
  if (statusOf(error) !== undefined) {
    return new RuntimeError(reasonOf(message), `could not ${doing}: ${message}`, [], {
      cause: error,
    })
  }
  const code = (error as { code?: unknown } | undefined)?.code
  const away =
    (typeof code === 'string' && AWAY.has(code)) || /socket hang up|aborted/i.test(message)
  const text = away
    ? `the engine is away (could not ${doing}: ${message})`
    : `could not ${doing}: ${message}`
  return new RuntimeError(away ? 'engine_away' : 'failed', text, [], { cause: error })
}

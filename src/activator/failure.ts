/** Why an instance did not come up, in the words of the log, the status and the error table. */

import type { Refusal } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import { meaningOf } from '../domain/exit-meaning.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { EventName } from '../domain/state.ts'
import { type Exit, RuntimeError, type RuntimeFailure } from '../runtime/runtime.ts'

export interface Failure {
  readonly reason: RuntimeFailure
  readonly message: string
  /** Last lines of output, oldest first. */
  readonly log: readonly string[]
}

/** Which function, what, and what next: as the status, the log and whoever asks for a wake show it. */
const told = ({ id }: FunctionSpec, what: string): string => `${id}: ${what}`

/** Reads a failure out of anything thrown. */
export function failureOf(error: unknown, fn: FunctionSpec): Failure {
  if (error instanceof RuntimeError)
    return { reason: error.reason, message: told(fn, error.message), log: error.log }
  const what = error instanceof Error ? error.message : String(error)
  return { reason: 'failed', message: told(fn, what), log: [] }
}

const CODES: Partial<Record<RuntimeFailure, ErrorCode>> = {
  port_taken: 'PORT_TAKEN',
  engine_away: 'RUNTIME_AWAY',
  timeout: 'START_TIMEOUT',
  port_closed: 'START_TIMEOUT',
}

/** What the waiters of the function are told. */
export function refusalOf(failure: Failure, retryAfterMs: number): Refusal {
  return {
    code: CODES[failure.reason] ?? 'START_FAILED',
    retryAfterMs,
    cause: `${failure.reason}: ${failure.message}`,
  }
}

const seconds = (ms: number): string => `${ms / 1000} s`

/** What an expired deadline means; undefined where it is nobody's failure. */
export function failureOfDeadline(event: EventName, fn: FunctionSpec): Failure | undefined {
  if (event === 'ProbeExpired') {
    const what = `it runs, but was not ready within readiness.timeout (${seconds(fn.readiness.timeoutMs)}): see whether it listens where the function says, or give it more time`
    return { reason: 'port_closed', message: told(fn, what), log: [] }
  }
  if (event !== 'PrepareExpired' && event !== 'StartExpired') return undefined
  const verb = event === 'PrepareExpired' ? 'create' : 'start'
  const what = `the runtime did not ${verb} it within start.timeout (${seconds(fn.start.timeoutMs)}): see why it is slow, or give it more time`
  return { reason: 'timeout', message: told(fn, what), log: [] }
}

/** What an exit means that nobody asked for; without one nobody could tell how it ended. */
export function failureOfExit(exit: Exit | undefined, fn: FunctionSpec): Failure {
  const ending = exit ?? { code: undefined, signal: undefined, oomKilled: false }
  const { reason, message } = meaningOf(ending)
  return { reason, message: told(fn, message), log: exit?.log ?? [] }
}

/** Somebody else removed it. */
export const failureOfRemoval = (fn: FunctionSpec): Failure => ({
  reason: 'failed',
  message: told(
    fn,
    'it was removed from outside before it was ready: the next start looks for it, or makes it, anew',
  ),
  log: [],
})

/** Why an instance did not come up, in the words of the log, the status and the error table. */

import type { Refusal } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { EventName } from '../domain/state.ts'
import { type Exit, RuntimeError, type RuntimeFailure } from '../runtime/runtime.ts'

export interface Failure {
  readonly reason: RuntimeFailure
  readonly message: string
  /** Last lines of output, oldest first. */
  readonly log: readonly string[]
}

/** Reads a failure out of anything thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RuntimeError)
    return { reason: error.reason, message: error.message, log: error.log }
  return {
    reason: 'failed',
    message: error instanceof Error ? error.message : String(error),
    log: [],
  }
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
  if (event === 'ProbeExpired')
    return {
      reason: 'port_closed',
      message: `it runs, but was not ready within readiness.timeout (${seconds(fn.readiness.timeoutMs)}); does it listen where the function says?`,
      log: [],
    }
  if (event === 'PrepareExpired')
    return {
      reason: 'timeout',
      message: `the runtime did not create it within start.timeout (${seconds(fn.start.timeoutMs)})`,
      log: [],
    }
  if (event === 'StartExpired')
    return {
      reason: 'timeout',
      message: `the runtime did not start it within start.timeout (${seconds(fn.start.timeoutMs)})`,
      log: [],
    }
  return undefined
}

/** What an exit means that nobody asked for. */
export function failureOfExit(exit: Exit | undefined): Failure {
  const how = exit?.signal ? `signal ${exit.signal}` : `code ${exit?.code ?? 'unknown'}`
  return exit?.oomKilled
    ? {
        reason: 'oom_killed',
        message: 'it was killed for want of memory; raise memory:',
        log: exit.log,
      }
    : { reason: 'exited', message: `it exited with ${how}`, log: exit?.log ?? [] }
}

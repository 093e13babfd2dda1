/** Why an instance did not come up, in the words of the log, the status and the error table. */

import type { Refusal } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import { RuntimeError, type RuntimeFailure } from '../runtime/runtime.ts'

export interface Failure {
  readonly reason: RuntimeFailure
  readonly message: string
  /** Last lines of output, oldest first. */
  readonly log: readonly string[]
}

/** Reads a failure out of anything thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RuntimeError) return { reason: error.reason, message: error.message, log: error.log }
  return { reason: 'failed', message: error instanceof Error ? error.message : String(error), log: [] }
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

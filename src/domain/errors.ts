/** Every error is a row: code, status, whose fault, whether trying again helps, and what the client is told. */

/** Whose fault it is. */
export type Fault = 'client' | 'function' | 'gateway'

export interface ErrorRow {
  readonly status: number
  readonly fault: Fault
  /** The same request may succeed later. */
  readonly retryable: boolean
  /** For the client: what, which function, what next. No internals. */
  readonly title: string
  readonly detail: (fn: string) => string
}

const row = (
  status: number,
  fault: Fault,
  retryable: boolean,
  title: string,
  detail: (fn: string) => string,
): ErrorRow => ({ status, fault, retryable, title, detail })

/** The table; docs/ERRORS.md is checked against it both ways. */
export const ERRORS = {
  // The client's.
  BAD_REQUEST: row(
    400,
    'client',
    false,
    'Bad request',
    () => 'The request is not valid HTTP. Correct it before trying again.',
  ),
  BAD_HOST: row(
    400,
    'client',
    false,
    'Bad Host',
    () => 'The request needs exactly one valid Host field.',
  ),
  BAD_FRAMING: row(
    400,
    'client',
    false,
    'Bad framing',
    () => 'The length of the request body is ambiguous or wrong.',
  ),
  REQUEST_TIMEOUT: row(
    408,
    'client',
    true,
    'Request timeout',
    () => 'The request did not arrive in time. Send it again on a new connection.',
  ),
  TARGET_TOO_LONG: row(
    414,
    'client',
    false,
    'Target too long',
    () => 'The request target is longer than this gateway accepts.',
  ),
  EXPECTATION_FAILED: row(
    417,
    'client',
    false,
    'Expectation failed',
    () => 'Only "Expect: 100-continue" is supported.',
  ),
  MISDIRECTED: row(
    421,
    'client',
    false,
    'Misdirected request',
    () => 'This gateway does not answer for that authority.',
  ),
  HEAD_TOO_LARGE: row(
    431,
    'client',
    false,
    'Header fields too large',
    () => 'The header fields are larger or more numerous than this gateway accepts.',
  ),
  METHOD_UNSUPPORTED: row(
    501,
    'client',
    false,
    'Not implemented',
    () => 'This gateway does not support that method or transfer coding.',
  ),
  VERSION_UNSUPPORTED: row(
    505,
    'client',
    false,
    'HTTP version not supported',
    () => 'Use HTTP/1.1.',
  ),
  UNKNOWN_HOST: row(
    404,
    'client',
    false,
    'No such host',
    () =>
      'No function answers for this host and path. Check the address, or the hosts in gateway.yaml.',
  ),
  RATE_LIMITED: row(
    429,
    'client',
    true,
    'Too many wakes',
    (fn) => `This address has woken functions too often. ${fn} was not woken; try again later.`,
  ),

  // The function's.
  START_FAILED: row(
    502,
    'function',
    true,
    'Start failed',
    (fn) => `${fn} could not be started. Its log says why; try again later.`,
  ),
  START_BACKOFF: row(
    503,
    'function',
    true,
    'Start failed recently',
    (fn) =>
      `${fn} failed to start and is not tried again just yet. Try again after the time in Retry-After.`,
  ),
  START_TIMEOUT: row(
    504,
    'function',
    true,
    'Not ready in time',
    (fn) => `${fn} was started but did not become ready in time. Try again later.`,
  ),
  PORT_TAKEN: row(
    502,
    'function',
    true,
    'Start failed',
    (fn) => `${fn} could not be started. Its log says why; try again later.`,
  ),
  UPSTREAM_UNREACHABLE: row(
    502,
    'function',
    true,
    'Unreachable',
    (fn) => `${fn} does not accept connections. Try again later.`,
  ),
  UPSTREAM_CONNECT_TIMEOUT: row(
    504,
    'function',
    true,
    'Connect timeout',
    (fn) => `${fn} did not accept the connection in time. Try again later.`,
  ),
  UPSTREAM_CLOSED: row(
    502,
    'function',
    true,
    'Connection lost',
    (fn) => `${fn} closed the connection before it answered. The request may have been processed.`,
  ),
  UPSTREAM_INVALID: row(
    502,
    'function',
    false,
    'Invalid response',
    (fn) => `${fn} answered with something that is not valid HTTP.`,
  ),
  UPSTREAM_TIMEOUT: row(
    504,
    'function',
    true,
    'Response timeout',
    (fn) => `${fn} did not answer in time. The request may have been processed.`,
  ),

  // The gateway's.
  HOLD_TIMEOUT: row(
    504,
    'gateway',
    true,
    'Held too long',
    (fn) => `${fn} had no room for the request in time. Try again.`,
  ),
  QUEUE_FULL: row(
    503,
    'gateway',
    true,
    'Too many waiting',
    (fn) => `${fn} has too many requests waiting already. Try again after the time in Retry-After.`,
  ),
  GATEWAY_FULL: row(
    503,
    'gateway',
    true,
    'Too many waiting',
    () => 'The gateway holds too many requests already. Try again after the time in Retry-After.',
  ),
  HOST_FULL: row(
    503,
    'gateway',
    true,
    'No room',
    (fn) => `There is no room on the host for ${fn} now. Try again after the time in Retry-After.`,
  ),
  RUNTIME_AWAY: row(
    503,
    'gateway',
    true,
    'Engine away',
    (fn) => `The engine that runs ${fn} does not answer. Try again later.`,
  ),
  CLOSING: row(
    503,
    'gateway',
    true,
    'Shutting down',
    () => 'The gateway is shutting down. Try again in a moment.',
  ),
  FUNCTION_REMOVED: row(
    404,
    'gateway',
    false,
    'Function removed',
    (fn) => `${fn} was removed while the request waited.`,
  ),
  LOOP_DETECTED: row(
    508,
    'gateway',
    false,
    'Loop detected',
    () => 'The request came through this gateway before: a function leads back to it.',
  ),
  INTERNAL: row(
    500,
    'gateway',
    true,
    'Internal error',
    () => 'The gateway failed. The request id leads to the log.',
  ),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** An error that carries its row. `message` is for the log; the client gets the row's text. */
export class GatewayError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GatewayError'
    this.code = code
  }
}

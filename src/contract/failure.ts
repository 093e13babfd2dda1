/** Which row of the errors table a failed connection or exchange belongs to. */

import { type ErrorCode, GatewayError } from '../domain/errors.ts'

/** undici's codes of answers that are no HTTP. Those of its parser have a name and no code, Node's writer's begin with ERR_. */
const INVALID = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
])

/** undici tells these by their message alone; both mean an answer that nobody asked for. */
const UNASKED = new Set(['bad response', 'bad upgrade'])

/** undici refuses to write what it cannot express: `OPTIONS *`, and fields it keeps to itself. */
const UNSUPPORTED = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])

/** The code of an exchange that failed before the response's head. */
export function codeOf(error: Error): ErrorCode {
  if (error instanceof GatewayError) return error.code
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isNotHttp = error.name === 'HTTPParserError' || UNASKED.has(error.message)
  if (isNotHttp || INVALID.has(code) || code.startsWith('ERR_')) return 'UPSTREAM_INVALID'
  if (UNSUPPORTED.has(code)) return 'METHOD_UNSUPPORTED'
  // A fault of ours thrown inside a callback of undici has no code.
  return code === '' ? 'INTERNAL' : 'UPSTREAM_CLOSED'
}

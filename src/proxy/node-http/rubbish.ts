/** Which row of the errors table an error of Node's HTTP parser belongs to. */

import type { ErrorCode } from '../../domain/errors.ts'

/** A parser's error, with the bytes that it stumbled over where Node gives them. */
interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

const FRAMING: ReadonlySet<string> = new Set([
  'HPE_CHUNK_EXTENSIONS_OVERFLOW',
  'HPE_INVALID_CHUNK_SIZE',
  'HPE_INVALID_CONTENT_LENGTH',
  'HPE_INVALID_TRANSFER_ENCODING',
  'HPE_UNEXPECTED_CONTENT_LENGTH',
])

/** The row, or undefined when the connection itself broke and there is nobody to answer. */
export function codeOfRubbish(error: ParserError): ErrorCode | undefined {
  const code = error.code ?? ''
  const text = rest(error)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT'
  if (code === 'HPE_HEADER_OVERFLOW')
    return isOneLine(text, error) ? 'TARGET_TOO_LONG' : 'HEAD_TOO_LARGE'
  if (code === 'HPE_INVALID_VERSION') {
    return OTHER_VERSION.test(text) ? 'VERSION_UNSUPPORTED' : 'BAD_REQUEST'
  }
  // HTTP/2 with prior knowledge.
  if (code === 'HPE_PAUSED_H2_UPGRADE') return 'VERSION_UNSUPPORTED'
  // llhttp knows a fixed list of methods; any other word in their place is one that it does not support.
  if (code === 'HPE_INVALID_METHOD') {
    return REQUEST_LINE.test(text) ? 'METHOD_UNSUPPORTED' : 'BAD_REQUEST'
  }
  if (FRAMING.has(code)) return 'BAD_FRAMING'
  return code.startsWith('HPE_') ? 'BAD_REQUEST' : undefined
}

const OTHER_VERSION = / HTTP\/(?!1\.[01])\d\.\d\r\n/
const REQUEST_LINE = /^(?:\r\n)*[!#$%&'*+\-.^_`|~\w]+ \S+ HTTP\/1\.[01]\r\n/

/** What follows the last head that was good, as far as the packet shows it. */
function rest({ rawPacket, bytesParsed }: ParserError): string {
  const text = rawPacket?.toString('latin1') ?? ''
  const end = text.lastIndexOf('\r\n\r\n', Math.max(0, (bytesParsed ?? 0) - 4))
  return end < 0 ? text : text.slice(end + 4)
}

/** Too long before the request line was at its end; where the packet does not show its beginning, it is not said to be. */
const isOneLine = (text: string, { bytesParsed }: ParserError): boolean => {
  const line = text.trimStart()
  const end = line.indexOf('\n')
  return /^[A-Z-]+ /.test(line) && (end < 0 || end >= (bytesParsed ?? 0))
}

/** Which row of the errors table an error of Node's HTTP parser belongs to. */

import type { ErrorCode } from '../../domain/errors.ts'

/** A parser's error, with the bytes that it stumbled over where Node gives them. */
interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
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
  const packet = error.rawPacket?.toString('latin1') ?? ''
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT'
  if (code === 'HPE_HEADER_OVERFLOW')
    return isOneLine(packet) ? 'TARGET_TOO_LONG' : 'HEAD_TOO_LARGE'
  if (code === 'HPE_INVALID_VERSION')
    return /HTTP\/\d\.\d\r?\n/.test(packet) ? 'VERSION_UNSUPPORTED' : 'BAD_REQUEST'
  // HTTP/2 with prior knowledge.
  if (code === 'HPE_PAUSED_H2_UPGRADE') return 'VERSION_UNSUPPORTED'
  // llhttp knows a fixed list of methods; any other word in their place is one that it does not support.
  if (code === 'HPE_INVALID_METHOD') {
    return /^(?:\r\n)*[!#$%&'*+\-.^_`|~\w]+ \S+ HTTP\/1\.[01]\r\n/.test(packet)
      ? 'METHOD_UNSUPPORTED'
      : 'BAD_REQUEST'
  }
  if (FRAMING.has(code)) return 'BAD_FRAMING'
  return code.startsWith('HPE_') ? 'BAD_REQUEST' : undefined
}

/** Too long before the request line was at its end. */
const isOneLine = (packet: string): boolean => packet !== '' && !packet.trimStart().includes('\n')

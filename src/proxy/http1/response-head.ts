/** A response's head as HTTP/1.1 writes it, from fields that policy has been applied to. */

import type { BodyKind, Fields } from '../../domain/exchange.ts'
import type { Framing } from '../../http1/body.ts'
import type { Pen } from '../../http1/pen.ts'

// Not imported: see the rule for it in test/tidy.test.ts.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 9110 §5.5: no control byte, and nothing beyond latin1. */
// oxlint-disable-next-line no-control-regex
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Writes status line and fields. Throws, with nothing written, on a field that would break the head. */
export function writeHead(pen: Pen, status: number, fields: Fields): void {
  pen.text(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${linesOf(fields)}`)
}

/** The fields as lines, each with its CRLF. Throws on one that would break the head. */
export function linesOf(fields: Fields): string {
  let text = ''
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new RangeError(`the field ${JSON.stringify(name)} cannot be written`)
    }
    text += `${name}: ${value}\r\n`
  }
  return text
}

/**
 * The fields with the framing in them: one Content-Length, where it is true or stands for a body that is left
 * out (`body` undefined); `Trailer` only before a chunked body, the one kind that can have them.
 */
export function framed(fields: Fields, framing: Framing, body: BodyKind | undefined): Fields {
  const list: string[] = []
  const length = body === 'none' ? '0' : typeof body === 'number' ? String(body) : undefined
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (lower === 'content-length' && (length !== undefined || framing !== 'none')) continue
    if (lower !== 'trailer' || framing === 'chunked') list.push(fields[i]!, fields[i + 1]!)
  }
  if (length !== undefined) list.push('Content-Length', length)
  return list
}

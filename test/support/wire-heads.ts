/** Heads for tests of the wire engine: parsed in one piece or in any pieces. */

import { parseRequest, parseResponse } from '../../src/http1/head.ts'
import { Intake } from '../../src/http1/intake.ts'
import { Head, type HeadLimits } from '../../src/http1/record.ts'

export const LIMITS: HeadLimits = { headMax: 16_384, fieldsMax: 100, targetMax: 8_192 }

/** What came of a head: where it ends, or why it is refused. `rest`: bytes that follow it. */
export type Outcome =
  | { readonly k: 'head'; readonly head: Head; readonly rest: string }
  | { readonly k: 'refused'; readonly code: string; readonly reason: string }
  | { readonly k: 'incomplete' }

const PARSE = { request: parseRequest, response: parseResponse }

/** Feeds `pieces` one after the other, each in a buffer of its own that is overwritten afterwards. */
export function read(
  kind: keyof typeof PARSE,
  pieces: readonly string[],
  limits = LIMITS,
): Outcome {
  const head = new Head(limits)
  const intake = new Intake()
  for (const [i, piece] of pieces.entries()) {
    const bytes = Buffer.from(piece, 'latin1')
    const p = intake.parse(head.over(bytes, 0, bytes.length), PARSE[kind])
    if (p < 0) return { k: 'refused', code: head.code, reason: head.reason }
    if (p > 0) {
      const rest = piece.slice(p) + pieces.slice(i + 1).join('')
      return { k: 'head', head, rest }
    }
    bytes.fill(0x7f)
  }
  return { k: 'incomplete' }
}

export const readRequest = (text: string, limits = LIMITS): Outcome =>
  read('request', [text], limits)
export const readResponse = (text: string): Outcome => read('response', [text])

/** Everything a head says, as plain values. */
export const meaning = (head: Head): unknown => ({
  method: head.method,
  target: head.kind === 'request' ? head.target() : '',
  minor: head.minor,
  status: head.status,
  host: head.host(),
  authority: head.text(head.hostAt, head.authorityEnd),
  contentLength: head.contentLength,
  chunked: head.chunked,
  options: head.options,
  nominated: head.nominated,
  expectsContinue: head.expectsContinue,
  upgrade: head.text(head.upgradeAt, head.upgradeEnd),
  persistent: head.persistent,
  fields: head.fields(),
})

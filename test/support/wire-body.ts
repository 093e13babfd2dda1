/** A whole request or a body as the wire engine reads it, in any pieces. */

import { BodyReader, type Framing, requestFraming } from '../../src/http1/body.ts'
import { latin1 } from '../../src/http1/latin1.ts'
import type { Fields } from '../../src/domain/exchange.ts'
import { type HeadLimits } from '../../src/http1/record.ts'
import { LIMITS, meaning, readRequest } from './wire-heads.ts'

export type BodyOutcome =
  | {
      readonly k: 'body'
      readonly content: string
      readonly trailers: Fields | undefined
      readonly rest: string
    }
  | { readonly k: 'refused'; readonly reason: string }
  | { readonly k: 'incomplete'; readonly content: string }

export interface Framed {
  readonly framing: Framing
  readonly length?: number
}

/** Reads a body out of `pieces`. */
export function readBody({ framing, length = 0 }: Framed, pieces: readonly string[]): BodyOutcome {
  const body = new BodyReader()
  body.begin(framing, length)
  let content = ''
  for (const [i, piece] of pieces.entries()) {
    const bytes = Buffer.from(piece, 'latin1')
    let at = 0
    while (at < bytes.length && !body.done) {
      at = body.read(bytes, at, bytes.length)
      if (at < 0) return { k: 'refused', reason: body.reason }
      content += latin1(bytes, body.dataAt, body.dataEnd)
    }
    if (body.done) {
      const rest = piece.slice(at) + pieces.slice(i + 1).join('')
      return { k: 'body', content, trailers: body.trailers, rest }
    }
    bytes.fill(0x7f)
  }
  return body.done
    ? { k: 'body', content, trailers: body.trailers, rest: '' }
    : { k: 'incomplete', content }
}

export type RequestOutcome =
  | {
      readonly k: 'accepted'
      readonly meaning: ReturnType<typeof meaning>
      readonly content: string
      readonly rest: string
    }
  | { readonly k: 'refused'; readonly reason: string }
  | { readonly k: 'incomplete' }

/** The first request in `text`, head and body. */
export function readWhole(text: string, limits: HeadLimits = LIMITS): RequestOutcome {
  const read = readRequest(text, limits)
  if (read.k !== 'head') return read.k === 'refused' ? { k: 'refused', reason: read.reason } : read
  const { head } = read
  const said = meaning(head)
  const body = readBody({ framing: requestFraming(head), length: head.contentLength }, [read.rest])
  if (body.k === 'refused') return body
  if (body.k === 'incomplete') return { k: 'incomplete' }
  return { k: 'accepted', meaning: said, content: body.content, rest: body.rest }
}

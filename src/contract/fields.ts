/** Header fields between undici's forms and ours, and what a response's fields say about its body. */

import { GatewayError } from '../domain/errors.ts'
import type { BodyKind, Fields } from '../domain/exchange.ts'

/** undici writes these itself, from what it is told otherwise, and refuses them as fields. */
const OWN = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect'])

/** The request's fields without those undici writes itself; `content-length` stays only where it holds. */
export function toInstance(fields: Fields, body: BodyKind): string[] {
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    const lower = name.toLowerCase()
    if (OWN.has(lower) || lower === 'content-length') continue
    kept.push(name, fields[i + 1] as string)
  }
  if (typeof body === 'number') kept.push('content-length', String(body))
  return kept
}

/** Raw fields as undici's parser gives them, byte for byte. */
export function fromInstance(raw: unknown): string[] {
  if (!Array.isArray(raw)) return []
  return raw.map((part: unknown) =>
    Buffer.isBuffer(part) ? part.toString('latin1') : String(part),
  )
}

/** The values of a field, in order. `name` in lower case. */
function valuesOf(fields: Fields, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() === name) values.push(fields[i + 1] as string)
  }
  return values
}

/**
 * What follows the head of a response (RFC 9112 §6.3); undici's parser has refused ambiguous lengths already.
 * Throws `UPSTREAM_INVALID` on a transfer coding other than chunked.
 */
export function bodyOf(method: string, status: number, fields: Fields): BodyKind {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none'
  const codings = valuesOf(fields, 'transfer-encoding')
  if (codings.length > 0) {
    // No other coding was asked for, and the field that names it does not go on.
    if (codings.join().trim().toLowerCase() === 'chunked') return 'stream'
    throw new GatewayError('UPSTREAM_INVALID', `transfer coding "${codings.join()}"`)
  }
  const [length] = valuesOf(fields, 'content-length')
  return length === undefined ? 'stream' : Number(length)
}

/**
 * Whether a 101 switches to what the request offered in its Upgrade field: the instance may choose among
 * several, and take no other (RFC 9110 §7.8).
 */
export function isOffered(fields: Fields, offered = ''): boolean {
  const offers = offered.toLowerCase().split(/\s*,\s*/)
  const chosen = valuesOf(fields, 'upgrade').join().toLowerCase()
  return chosen.split(/\s*,\s*/).every((protocol) => offers.includes(protocol))
}

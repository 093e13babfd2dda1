/** Header fields between undici's forms and ours, and what a response's fields say about its body. */

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

/** The value of a field, or undefined; of several, the first. `name` in lower case. */
export function valueOf(fields: Fields, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() === name) return fields[i + 1]
  }
  return undefined
}

/** What follows the head of a response (RFC 9112 §6.3); undici's parser has refused ambiguous lengths already. */
export function bodyOf(method: string, status: number, fields: Fields): BodyKind {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none'
  if (valueOf(fields, 'transfer-encoding') !== undefined) return 'stream'
  const length = valueOf(fields, 'content-length')
  return length === undefined ? 'stream' : Number(length)
}

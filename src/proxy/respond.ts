/** The one place where a row of the errors table becomes a response. Nothing of the inside is told. */

import { ERRORS, type ErrorCode } from '../domain/errors.ts'
import type { Fields, Reply } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'

/** What the response says besides the row. */
export interface About {
  readonly code: ErrorCode
  /** The function's name; empty where none was found. */
  readonly fn: string
  readonly requestId: string
  /** The request's Accept, all fields joined; empty if it had none. */
  readonly accept: string
  readonly retryAfterMs: number | undefined
}

/** A whole response, ready for any protocol. */
export interface Answer {
  readonly status: number
  readonly fields: Fields
  readonly body: Uint8Array
}

/** Makes the response of one error: problem details (RFC 9457), or a small page for who asks for HTML. */
export function answerOf(about: About): Answer {
  const { status, retryable } = ERRORS[about.code]
  const body = Buffer.from(prefersHtml(about.accept) ? page(about) : problem(about))
  const fields = [
    'Content-Type',
    prefersHtml(about.accept) ? 'text/html; charset=utf-8' : 'application/problem+json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'X-Request-Id',
    about.requestId,
  ]
  if (retryable && (status === 503 || status === 429)) {
    const afterMs = about.retryAfterMs ?? LIMITS.retryAfterMs
    fields.push('Retry-After', String(Math.max(1, Math.ceil(afterMs / 1_000))))
  }
  return { status, fields, body }
}

/** Sends an answer. `bare`: the request was HEAD, so the body stays here. `extra`: more fields, such as Date. */
export function send(
  answer: Answer,
  reply: Reply,
  { bare, extra }: { bare: boolean; extra: Fields },
): void {
  const fields = [...answer.fields, ...extra]
  reply.head(answer.status, fields, bare ? 'none' : answer.body.length)
  if (!bare) reply.data(answer.body)
  reply.end()
}

const detailOf = ({ code, fn }: About): string => ERRORS[code].detail(fn || 'The function')

function problem(about: About): string {
  const { status, title } = ERRORS[about.code]
  return `${JSON.stringify({
    type: `urn:coldfront:error:${about.code}`,
    title,
    status,
    detail: detailOf(about),
    instance: about.requestId,
    code: about.code,
  })}\n`
}

function page(about: About): string {
  const { status, title } = ERRORS[about.code]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} ${escapeHtml(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1em}small{opacity:.6}</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(detailOf(about))}</p>
<p><small>${status} ${about.code} · ${escapeHtml(about.requestId)}</small></p>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c)

/** HTML only for who names it, as browsers do, and does not like JSON better (RFC 9110 §12.5.1). */
export function prefersHtml(accept: string): boolean {
  const weights = new Map(accept.split(',').map(rangeOf))
  const html = weights.get('text/html') ?? 0
  const json = Math.max(
    weights.get('application/problem+json') ?? 0,
    weights.get('application/json') ?? 0,
  )
  return html > json
}

function rangeOf(text: string): [range: string, weight: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = Number(parameters.find((p) => p.startsWith('q='))?.slice(2) ?? 1)
  return [range, Number.isNaN(weight) ? 0 : weight]
}

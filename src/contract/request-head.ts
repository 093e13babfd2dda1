/** The head of an exchange's request as HTTP/1.1 writes it, with the fields that belong to our connection. */

import { GatewayError } from '../domain/errors.ts'
import type { BodyKind, RequestHead } from '../domain/exchange.ts'
import type { Framing } from '../http1/body.ts'

/** Written anew here, from what is known otherwise. */
const OWN: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 9110 §5.5: no control byte, and nothing beyond latin1. */
// oxlint-disable-next-line no-control-regex
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** Neither white space nor a control byte: it would end the request line. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/

/** The whole head. Throws METHOD_UNSUPPORTED on what cannot be written. */
export function requestHead(head: RequestHead): string {
  if (!NAME.test(head.method) || !TARGET.test(head.target)) throw unwritable('the request line')
  let text = `${head.method} ${head.target} HTTP/1.1\r\n`
  for (let i = 0; i < head.fields.length; i += 2) {
    const name = head.fields[i]!
    const value = head.fields[i + 1]!
    if (OWN.has(name.toLowerCase())) continue
    if (!NAME.test(name) || !VALUE.test(value)) throw unwritable(`the field ${name}`)
    text += `${name}: ${value}\r\n`
  }
  if (head.upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`
  if (typeof head.body === 'number') text += `Content-Length: ${head.body}\r\n`
  if (head.body === 'stream') text += 'Transfer-Encoding: chunked\r\n'
  return `${text}\r\n`
}

/** How the body follows. */
export function requestFraming(body: BodyKind): Framing {
  if (body === 'stream') return 'chunked'
  return body === 'none' || body === 0 ? 'none' : 'length'
}

/** A server chooses one or more of the protocols that it was offered (RFC 9110 §7.8). */
export function isOffered(chosen: string | undefined, offered: string | undefined): boolean {
  if (!chosen || !offered) return false
  const all = members(offered)
  return members(chosen).every((protocol) => all.includes(protocol))
}

const members = (list: string): string[] =>
  list.split(',').map((member) => member.trim().toLowerCase())

const unwritable = (what: string): GatewayError =>
  new GatewayError('METHOD_UNSUPPORTED', `${what} cannot be written in HTTP/1.1`)

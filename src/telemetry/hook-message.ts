/** What one event looks like on its way to a hook: the scheme of standardwebhooks.com, so that its libraries verify it. */

import { createHmac } from 'node:crypto'

export interface HookMessage {
  /** The same for every attempt, so that a receiver can leave out what it has. */
  readonly id: string
  /** JSON. */
  readonly body: string
}

/** What the secret of such schemes begins with when the rest is base64. */
const BASE64_SECRET = 'whsec_'

/** The fields of one attempt at `at`, wall clock in ms. Without a secret nothing is signed. */
export function hookFields(
  { id, body }: HookMessage,
  { at, secret, version }: { at: number; secret: string | undefined; version: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000))
  const signed = `${id}.${timestamp}.${body}`
  return {
    'content-type': 'application/json',
    'user-agent': `coldfront/${version}`,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(secret !== undefined && { 'webhook-signature': `v1,${signature(secret, signed)}` }),
  }
}

function signature(secret: string, text: string): string {
  const key = secret.startsWith(BASE64_SECRET)
    ? Buffer.from(secret.slice(BASE64_SECRET.length), 'base64')
    : secret
  return createHmac('sha256', key).update(text).digest('base64')
}

/** Before anything is measured: each proxy answers right, passes a body on, and does the same work as the others. */

import { ask } from '../../harness/stamped-request.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { BODY } from './upstream.ts'

const LIMIT_MS = 5_000

/** Throws with what is wrong. `isProxy`: it must have added the fields that all of them add. */
export async function validate(name: string, port: number, isProxy: boolean): Promise<void> {
  const place = { host: '127.0.0.1', port }
  const plain = await ask({ place, host: HOST, path: '/', limitMs: LIMIT_MS })
  if (plain.status !== 200 || plain.body !== BODY)
    throw new Error(`${name} answered ${plain.status} with a body of ${plain.body.length} bytes`)
  const seen = await ask({ place, host: HOST, path: '/seen', limitMs: LIMIT_MS })
  const [host, client, proto, forwardedHost, via, id] = seen.body.split('|')
  const wrong = [
    host === HOST ? '' : 'Host',
    client === '127.0.0.1' || !isProxy ? '' : 'X-Forwarded-For',
    proto === 'http' || !isProxy ? '' : 'X-Forwarded-Proto',
    forwardedHost === HOST || !isProxy ? '' : 'X-Forwarded-Host',
    via || !isProxy ? '' : 'Via',
    id || !isProxy ? '' : 'X-Request-Id',
  ].filter(Boolean)
  if (wrong.length > 0)
    throw new Error(`${name}: the upstream saw no right ${wrong.join(', ')}: ${seen.body}`)
}

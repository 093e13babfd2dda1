/**
 * Who may ask the admin listener what. Loopback is not authentication: any web page can send requests there, and
 * a rebound DNS name makes them same-origin. Over the unix socket the file's mode has decided already.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { problem, tokenNeeded } from './message.ts'
import type { AdminAnswer, AdminRequest } from './message.ts'

export interface GuardRules {
  readonly token: string
  /** Names that Host may have besides IP literals and localhost, in lower case. */
  readonly hosts: readonly string[]
}

/**
 * Answered to everybody everywhere: load balancers and orchestrators have no token, and the dashboard is where one is
 * asked for. Its files are the same everywhere and say nothing of this gateway.
 */
const OPEN = /^\/(healthz|readyz|assets\/[^/]+)?$/
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * A function whose upstream is this listener, by a link or a name that only a resolver knows, would hand it to
 * everybody, from where nobody needs a token.
 */
const THROUGH_A_GATEWAY = /\bcoldfront\b/i

/** The refusal, or undefined when the request may go on. */
export function refusalOf(request: AdminRequest, rules: GuardRules): AdminAnswer | undefined {
  if (THROUGH_A_GATEWAY.test(request.via ?? '')) {
    return problem(403, 'Not through a gateway', 'The admin listener is asked directly.')
  }
  if (request.reach === 'unix') return undefined
  const host = request.host ?? ''
  if (!isHostAllowed(host, rules.hosts)) {
    return problem(
      421,
      'Misdirected request',
      'The admin listener answers to IP addresses, localhost and the names in admin.hosts.',
    )
  }
  if (isOfAnotherPage(request, host)) {
    return problem(
      403,
      'Foreign origin',
      'The admin listener does not answer to pages of other origins.',
    )
  }
  const safe = SAFE.has(request.method)
  const open = safe && (request.reach === 'loopback' || OPEN.test(request.path))
  if (!open && !isAuthorised(request, rules)) return tokenNeeded()
  if (!safe && !/^application\/json *(;|$)/i.test(request.contentType ?? '')) {
    return problem(415, 'JSON needed', 'Send "Content-Type: application/json".')
  }
  return undefined
}

/**
 * By Origin; and, for what browsers fetch without one, such as an image, by Fetch Metadata: a page could not read the
 * answer, but thirty of them would take all streams. Following a link is no fetch of the page that holds it.
 */
function isOfAnotherPage({ origin, fetchSite, fetchDest }: AdminRequest, host: string): boolean {
  if (origin !== undefined) return origin.toLowerCase() !== `http://${host.toLowerCase()}`
  return (fetchSite === 'cross-site' || fetchSite === 'same-site') && fetchDest !== 'document'
}

/** Whether the caller has shown that it may see everything: by the socket's file mode, or by the token. */
export const isAuthorised = (request: AdminRequest, { token }: GuardRules): boolean =>
  request.reach === 'unix' || sameText(bearer(request.authorization), token)

const bearer = (authorization: string | undefined): string =>
  /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? ''

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Digests have the same length, so that comparing takes the same time whatever was sent. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function isHostAllowed(field: string, hosts: readonly string[]): boolean {
  const [, bracketed, bare] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(field) ?? []
  if (bracketed !== undefined) return isIP(bracketed) === 6
  const name = (bare ?? '').toLowerCase().replace(/\.$/, '')
  return isIP(name) === 4 || name === 'localhost' || hosts.includes(name)
}

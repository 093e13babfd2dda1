/** Hosts as the file writes them: `host`, `*.host`, each with an optional path prefix. */

import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import type { HostRoute } from '../domain/function.ts'

/** Longest name in the DNS, in characters. */
const NAME_MAX = 253

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
/** What may stand in a request target's path, percent-encoded where need be. */
const PREFIX = /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/

/** The route; a text says what is wrong. */
export function parseHostRoute(text: string): HostRoute | string {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(0, slash)
  const path = slash < 0 ? '/' : text.slice(slash)
  if (slash === 0 || text.includes('://'))
    return 'expected a host without a scheme, such as example.org'
  if (!path.endsWith('/')) return 'a path prefix ends in "/", as in example.org/api/'
  if (!PREFIX.test(path)) return 'expected a path prefix as it stands in requests, percent-encoded'
  if (name === '*')
    return 'a function for every other host is named by "default:" at the top of the file'
  const wildcard = name.startsWith('*.')
  const host = parseHost(wildcard ? name.slice(2) : name)
  if (host === undefined) return hostProblem(name)
  if (wildcard && (isIPv4(host) || host.startsWith('['))) return 'an address has no names below it'
  return { host: wildcard ? `*.${host}` : host, path }
}

/** Lower case, punycode, without a trailing dot; undefined when it is no host. */
export function parseHost(text: string): string | undefined {
  if (text.startsWith('[')) {
    const address = text.slice(1, -1)
    return text.endsWith(']') && isIPv6(address) ? new URL(`http://${text}`).hostname : undefined
  }
  // domainToASCII decodes "%6d" and reads "1.2" as an address; neither is what somebody meant to write.
  if (text.includes('%')) return undefined
  const ascii = domainToASCII(text.toLowerCase()).replace(/\.$/, '')
  if (ascii === '' || ascii.length > NAME_MAX) return undefined
  if (isIPv4(ascii) && ascii !== text) return undefined
  return ascii.split('.').every((label) => LABEL.test(label)) ? ascii : undefined
}

function hostProblem(name: string): string {
  if (/:\d*$/.test(name))
    return 'expected a host without a port: it is the same function on every port'
  if (name.includes('*')) return 'a wildcard stands at the front, as in *.example.org'
  return 'expected a host such as example.org or *.example.org'
}

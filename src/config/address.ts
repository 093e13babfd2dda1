/** Addresses as the file writes them: `host:port`, `[::1]:port`, `:port`, `unix:/path`. */

import { isIP, isIPv6 } from 'node:net'
import { normalize } from 'node:path'
import type { ListenAddress } from './config.ts'

/** Longest path of a unix socket that every system takes, in bytes. */
const SOCKET_PATH_MAX = 103

const TCP = /^(?:\[([^\]]+)\]|([A-Za-z0-9._-]*)):(\d{1,5})$/

/** Where to listen: port 0 and an empty host (every address) are allowed. Undefined: not an address. */
export function parseListen(text: string): ListenAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return isSocketPath(path) ? { k: 'unix', path } : undefined
  }
  const found = TCP.exec(text)
  if (!found) return undefined
  const [, v6, name = '', digits] = found
  const port = Number(digits)
  if (port > 65_535 || (v6 !== undefined && !isIPv6(v6))) return undefined
  return { k: 'tcp', host: v6 ?? name, port }
}

/** Where to connect: host and port have to be said. */
export function parseUpstream(text: string): ListenAddress | undefined {
  const address = parseListen(text)
  if (address?.k === 'tcp' && (address.host === '' || address.port === 0)) return undefined
  return address
}

/** An absolute path that a unix socket can have. */
export const isSocketPath = (path: string): boolean =>
  path.startsWith('/') && Buffer.byteLength(path) <= SOCKET_PATH_MAX

/** An address or a CIDR. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

/**
 * Whether a connection to `to` could end at a listener on `on`, in whatever way either is written. A name counts
 * as this machine where it says so by itself; what only a resolver knows is found out by the loop it makes.
 */
export function reaches(to: ListenAddress, on: ListenAddress): boolean {
  if (to.k === 'unix' || on.k === 'unix')
    return to.k === 'unix' && on.k === 'unix' && normalize(to.path) === normalize(on.path)
  if (to.port !== on.port || on.port === 0) return false
  const [there, here] = [plainHost(to.host), plainHost(on.host)]
  return there === here || (isLocal(there) && (isLocal(here) || isEveryAddress(here)))
}

/** As a URL has it: `127.1`, `0x7f.1` and `2130706433` are 127.0.0.1, and every IPv6 address has one spelling. */
function plainHost(host: string): string {
  const { hostname } = URL.parse(`http://${isIPv6(host) ? `[${host}]` : host}/`) ?? {}
  const plain = (hostname ?? host)
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(plain) ?? []
  if (high === undefined || low === undefined) return plain
  return plainHost(String(Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)))
}

const isEveryAddress = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

/** As /etc/hosts of Debian names them besides localhost. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', 'ip6-localhost', 'ip6-loopback'])

/** A connection to "every address" ends on this machine as well. */
const isLocal = (host: string): boolean =>
  isEveryAddress(host) ||
  LOCAL_NAMES.has(host) ||
  host.endsWith('.localhost') ||
  host === '::1' ||
  /^127\.[\d.]+$/.test(host)

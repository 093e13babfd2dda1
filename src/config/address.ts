/** Addresses as the file writes them: `host:port`, `[::1]:port`, `:port`, `unix:/path`. */

import { isIP, isIPv6 } from 'node:net'
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

/** Whether a connection to `to` could end at a listener on `on`; a name is taken for what it says. */
export function reaches(to: ListenAddress, on: ListenAddress): boolean {
  if (to.k === 'unix' || on.k === 'unix')
    return to.k === 'unix' && on.k === 'unix' && to.path === on.path
  if (to.port !== on.port || on.port === 0) return false
  if (to.host.toLowerCase() === on.host.toLowerCase()) return true
  return isLocal(to.host) && (isLocal(on.host) || isEveryAddress(on.host))
}

const isEveryAddress = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

/** A connection to "every address" ends on this machine as well. */
const isLocal = (host: string): boolean =>
  isEveryAddress(host) ||
  host.toLowerCase() === 'localhost' ||
  host === '::1' ||
  host.startsWith('127.')

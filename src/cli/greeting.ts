/** The first thing a person at a terminal sees: where everything is. */

import { columns } from './columns.ts'
import { VERSION } from './version.ts'
import type { Config } from '../config/config.ts'
import type { FunctionSpec, HostRoute } from '../domain/function.ts'

/** Where a gateway listens, as `host:port` or `unix:/path`. */
export interface Addresses {
  readonly http: string
  readonly admin: string | undefined
  /** Path of the admin socket. */
  readonly socket: string
}

/** More functions than this would push the addresses off the screen. */
const SHOWN_MAX = 20

export function greeting({ functions }: Config, addresses: Addresses): string {
  const shown = functions.slice(0, SHOWN_MAX)
  const rest = functions.length - shown.length
  const rows = [
    ['gateway', urlOf(addresses.http)],
    addresses.admin === undefined
      ? ['admin', addresses.socket]
      : ['dashboard', urlOf(addresses.admin)],
    ['', ''],
    ...shown.map((fn) => [fn.id, functionUrl(fn, addresses.http)]),
    ...(rest > 0 ? [['…', `and ${rest} more`]] : []),
  ]
  return `coldfront ${VERSION}

${columns(rows, '  ')}

Ctrl-C ends it. "coldfront ps" shows what is cold and what is warm.

`
}

function functionUrl({ routes, isDefault }: FunctionSpec, listening: string): string {
  const route = best(routes)
  if (!route) return isDefault ? `${urlOf(listening)} (every other host)` : 'no host leads to it'
  return portOf(listening) === undefined
    ? route.host + route.path
    : `http://${route.host}${suffixOf(listening)}${route.path === '/' ? '' : route.path}`
}

const rank = ({ host }: HostRoute): number =>
  host.startsWith('*') ? 2 : host.endsWith('localhost') ? 0 : 1

/** One that works in a browser on this machine comes first, a wildcard last. */
function best(routes: readonly HostRoute[]): HostRoute | undefined {
  return [...routes].sort((a, b) => rank(a) - rank(b))[0]
}

const urlOf = (address: string): string =>
  portOf(address) === undefined ? address : `http://${address.replace(/:80$/, '')}`

const portOf = (address: string): string | undefined =>
  address.startsWith('unix:') ? undefined : /:(\d+)$/.exec(address)?.[1]

function suffixOf(address: string): string {
  const port = portOf(address)
  return port === '80' ? '' : `:${port}`
}

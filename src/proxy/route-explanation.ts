/** Which function would answer for a host and a path as people write them, and why. */

import { domainToASCII } from 'node:url'
import type { FunctionSpec } from '../domain/function.ts'
import { type RouteExplanation, showRoute } from '../domain/status.ts'
import { parseAuthority } from './authority.ts'
import { Router } from './router.ts'

/** Undefined when `host` (a port is left out) or `path` is none. Names beyond ASCII are taken as browsers take them. */
export function explainRoute(
  functions: readonly FunctionSpec[],
  host: string,
  path: string,
): RouteExplanation | undefined {
  const isAscii = /^[!-~]*$/.test(host)
  const authority = parseAuthority(isAscii ? host : domainToASCII(host))
  if (!authority || !/^\/[!-~]*$/.test(path)) return undefined
  const { by, fn, route } = new Router(functions).explain(authority.host, path)
  return { host: authority.host, path, by, function: fn?.id, route: route && showRoute(route) }
}

/**
 * Host and path → function. Exact host before longest wildcard before default, and within one host the longest
 * prefix first; the first that has both host and path wins. Pure and synchronous: a look-up costs a few map
 * reads per label and per path segment, whatever the number of routes.
 */

import type { FunctionSpec, HostRoute } from '../domain/function.ts'

interface Destination {
  readonly route: HostRoute
  readonly fn: FunctionSpec
}

/** The routes of one host. */
interface Paths {
  readonly byPrefix: Map<string, Destination>
  /** Segments of the longest prefix: deeper ones of a target need not be looked at. */
  depth: number
}

/** Why a host and a path lead where they lead. */
export interface Explanation {
  readonly by: 'exact' | 'wildcard' | 'default' | 'nothing'
  readonly fn: FunctionSpec | undefined
  readonly route: HostRoute | undefined
}

const NOTHING: Explanation = { by: 'nothing', fn: undefined, route: undefined }

export class Router {
  readonly #exact = new Map<string, Paths>()
  /** By what follows `*.`. */
  readonly #wildcards = new Map<string, Paths>()
  readonly #default: FunctionSpec | undefined

  /** Of two equal routes the first one stands; that there are none is the configuration's to check. */
  constructor(functions: Iterable<FunctionSpec>) {
    for (const fn of functions) {
      if (fn.isDefault) this.#default ??= fn
      for (const route of fn.routes) this.#add({ route, fn })
    }
  }

  /**
   * The function for `host` (lower case, no port, no trailing dot) and `target` (raw origin-form, or `*`).
   * A prefix `/app/` takes `/app/…` alone; a bare `/app` belongs to whoever has `/`.
   */
  match(host: string, target: string): FunctionSpec | undefined {
    return this.explain(host, target).fn
  }

  /** The same look-up with its reason. */
  explain(host: string, target: string): Explanation {
    const exact = this.#exact.get(host)
    const here = exact && pick(exact, target)
    if (here) return { by: 'exact', ...here }
    // Left to right, so the longest suffix comes first.
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const wildcard = this.#wildcards.get(host.slice(dot + 1))
      const there = wildcard && pick(wildcard, target)
      if (there) return { by: 'wildcard', ...there }
    }
    return this.#default ? { by: 'default', fn: this.#default, route: undefined } : NOTHING
  }

  #add(destination: Destination): void {
    const { host, path } = destination.route
    const isWildcard = host.startsWith('*.')
    const hosts = isWildcard ? this.#wildcards : this.#exact
    const name = isWildcard ? host.slice(2) : host
    let paths = hosts.get(name)
    if (!paths) hosts.set(name, (paths = { byPrefix: new Map(), depth: 0 }))
    if (paths.byPrefix.has(path)) return
    paths.byPrefix.set(path, destination)
    paths.depth = Math.max(paths.depth, path.split('/').length - 2)
  }
}

/** The longest prefix of the target's raw path that has a destination. */
function pick(paths: Paths, target: string): Destination | undefined {
  if (paths.depth > 0) {
    const ends = prefixEnds(target, paths.depth)
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
      const found = paths.byPrefix.get(target.slice(0, end))
      if (found) return found
    }
  }
  return paths.byPrefix.get('/')
}

/** Where the target's prefixes end, shortest first, `/` itself left out, at most `depth` of them. */
function prefixEnds(target: string, depth: number): number[] {
  const query = target.indexOf('?')
  const length = query < 0 ? target.length : query
  const ends: number[] = []
  let slash = target.indexOf('/', 1)
  while (slash >= 0 && slash < length && ends.length < depth) {
    ends.push(slash + 1)
    slash = target.indexOf('/', slash + 1)
  }
  return ends
}

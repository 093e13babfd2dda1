/** `coldfront routes`: which function a running gateway would give a request to, and why. */

import type { RouteExplanation } from '../domain/status.ts'
import { asking } from './admin-address.ts'
import type { Call } from './command.ts'
import { EXIT } from './exit-code.ts'

/** Exits with 1 when nothing leads anywhere, so that a script can ask. */
export async function routes(call: Call): Promise<number> {
  const { shell, switches, operand } = call
  const { host, path } = placeOf(operand)
  const query = new URLSearchParams({ host, path }).toString()
  const answer = await asking(call, (client) => client.get(`/api/v1/routes?${query}`))
  const found = answer as RouteExplanation
  shell.out(switches.has('json') ? `${JSON.stringify(found)}\n` : explanation(found))
  return found.function === undefined ? EXIT.failure : EXIT.ok
}

/** A URL is taken too: it is what people have at hand. */
function placeOf(text: string): { host: string; path: string } {
  const [, host = '', path = ''] = /^(?:https?:\/\/)?([^/?#]*)([^#]*)/.exec(text) ?? []
  return { host, path: path.startsWith('/') ? path : `/${path}` }
}

function explanation({ host, path, by, function: fn, route }: RouteExplanation): string {
  const place = host + path
  switch (by) {
    case 'exact':
      return `${place} → ${fn}\n  by its host route ${route}, the longest one that matches\n`
    case 'wildcard':
      return `${place} → ${fn}\n  by its wildcard ${route}: no function has this host and path of its own\n`
    case 'default':
      return `${place} → ${fn}\n  by "default:": no other function has this host and path\n`
    case 'nothing':
      return `${place} → nothing, answered with 404\n  no function has this host and path, and there is no "default:"\n`
  }
}

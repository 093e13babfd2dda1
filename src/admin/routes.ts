/** What each path of the admin listener answers. The guard has been passed. */

import { json, plain, problem } from './message.ts'
import type { AdminAnswer, AdminRequest } from './message.ts'
import type { AdminSource, ControlResult } from './status.ts'
import type { FunctionStatus } from '../domain/status.ts'

/** What a route gets. `full`: the caller may see the output of functions too. */
interface Call {
  readonly source: AdminSource
  readonly name: string
  readonly full: boolean
}

interface Route {
  readonly method: 'GET' | 'POST'
  /** Its group is the function's name. */
  readonly path: RegExp
  readonly answer: (call: Call) => AdminAnswer | Promise<AdminAnswer>
}

const NAME = '([a-z0-9-]{1,63})'
const verb = (
  name: string,
  order: (source: AdminSource, fn: string) => Promise<ControlResult>,
): Route => ({
  method: 'POST',
  path: new RegExp(`^/api/v1/functions/${NAME}/${name}$`),
  answer: async ({ source, name: fn }) => controlAnswer(await order(source, fn)),
})

const ROUTES: readonly Route[] = [
  // Health says that the process answers at all; it must not depend on anything.
  { method: 'GET', path: /^\/healthz$/, answer: () => plain(200, 'ok') },
  {
    method: 'GET',
    path: /^\/readyz$/,
    answer: ({ source }) => (source.ready() ? plain(200, 'ready') : plain(503, 'not ready')),
  },
  {
    method: 'GET',
    path: /^\/metrics$/,
    answer: async ({ source }) => ({ status: 200, ...(await source.metrics()) }),
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/functions$/,
    answer: ({ source, full }) => {
      const status = source.status()
      return json(200, { ...status, functions: status.functions.map((fn) => visible(fn, full)) })
    },
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/functions/${NAME}$`),
    answer: ({ source, name, full }) => {
      const found = source.status().functions.find((fn) => fn.id === name)
      return found ? json(200, visible(found, full)) : unknownFunction(name)
    },
  },
  verb('wake', (source, fn) => source.wake(fn)),
  verb('pause', (source, fn) => source.pause(fn)),
  verb('stop', (source, fn) => source.stop(fn)),
  {
    method: 'POST',
    path: /^\/api\/v1\/reload$/,
    answer: async ({ source }) => controlAnswer(await source.reload()),
  },
]

/** Answers one request. `full`: the caller has the token or came over the unix socket. */
export async function answerOf(
  request: AdminRequest,
  source: AdminSource,
  full: boolean,
): Promise<AdminAnswer> {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const allowed: string[] = []
  for (const route of ROUTES) {
    const found = route.path.exec(request.path)
    if (!found) continue
    if (route.method === method) return route.answer({ source, name: found[1] ?? '', full })
    allowed.push(route.method)
  }
  if (allowed.length === 0) return problem(404, 'Not found', 'There is nothing at this path.')
  const allow = allowed.join(', ')
  return problem(405, 'Method not allowed', `This path takes ${allow}.`, { allow })
}

/** What functions print may hold secrets: not for callers who have shown nothing. */
const visible = (fn: FunctionStatus, full: boolean): FunctionStatus =>
  full || !fn.lastError ? fn : { ...fn, lastError: { ...fn.lastError, log: [] } }

const unknownFunction = (name: string): AdminAnswer =>
  problem(404, 'No such function', `There is no function ${name} in the configuration.`)

function controlAnswer({ result, message }: ControlResult): AdminAnswer {
  switch (result) {
    case 'done':
      return json(200, { message })
    case 'unknown_function':
      return problem(404, 'No such function', message)
    case 'impossible':
      return problem(409, 'Not possible now', message)
    case 'failed':
      return problem(500, 'Failed', message)
    default:
      throw new Error(`no answer for ${String(result satisfies never)}`)
  }
}

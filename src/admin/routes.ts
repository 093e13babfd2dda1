/** What each path of the admin listener answers. The guard has been passed. */

import { LIMITS } from '../domain/limits.ts'
import { formatDuration, parseDuration } from '../lib/duration.ts'
import { eventStream } from './event-stream.ts'
import { json, plain, problem, tokenNeeded } from './message.ts'
import type { Clock } from '../lib/clock.ts'
import type { DashboardFiles } from './dashboard-files.ts'
import type { Piece, Reading } from '../telemetry/live-ring.ts'
import type { AdminAnswer, AdminPieces, AdminRequest, AdminStream } from './message.ts'
import type { AdminSource, ControlResult, StreamStart } from './status.ts'
import type { FunctionStatus } from '../domain/status.ts'

/** Whom a request is answered for. */
export interface Asker {
  readonly source: AdminSource
  /** The caller may see the output of functions too: it has the token or came over the unix socket. */
  readonly full: boolean
  readonly clock: Clock
  readonly dashboard: DashboardFiles
}

/** What a route gets. */
interface Call extends Asker {
  readonly name: string
  readonly query: URLSearchParams
  readonly lastEventId: string | undefined
  readonly accept: string
  readonly body: string
}

type Answer = AdminAnswer | AdminPieces | AdminStream

interface Route {
  readonly method: 'GET' | 'POST'
  /** Its group is the function's name. */
  readonly path: RegExp
  readonly answer: (call: Call) => Answer | Promise<Answer>
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
  { method: 'GET', path: /^\/$/, answer: ({ dashboard }) => dashboard.page() },
  {
    method: 'GET',
    path: /^\/assets\/([\w.-]+)$/,
    answer: ({ dashboard, name }) => dashboard.asset(name) ?? nothingHere(),
  },
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
    answer: ({ source, accept }) => ({ status: 200, ...source.metrics(accept) }),
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/functions$/,
    answer: async ({ source, full }) => {
      const status = await source.measured()
      return json(200, { ...status, functions: status.functions.map((fn) => visible(fn, full)) })
    },
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/functions/${NAME}$`),
    answer: async ({ source, name, full }) => {
      const { functions } = await source.measured()
      const found = functions.find((fn) => fn.id === name)
      return found ? json(200, visible(found, full)) : unknownFunction(name)
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/overview$/,
    answer: ({ source, query, full }) => {
      const answer = source.overview(query.get('since') ?? undefined, full)
      const changed = answer.changed.map((row) => visible(row, full))
      // Asked for every second: without the white space that people like.
      const body = JSON.stringify({ ...answer, changed })
      return { status: 200, type: 'application/json', body }
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/events$/,
    answer: (call) => stream(call, (fn, from) => call.source.events(fn, from)),
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/requests$/,
    answer: (call) => stream(call, (fn, from) => call.source.requests(fn, from)),
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/functions/${NAME}/logs$`),
    answer: (call) => (call.full ? logs(call) : tokenNeeded()),
  },
  { method: 'GET', path: /^\/api\/v1\/routes$/, answer: (call) => explanation(call) },
  {
    method: 'POST',
    path: new RegExp(`^/api/v1/functions/${NAME}/warm$`),
    answer: (call) => warm(call),
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

/** Answers one request. */
export async function answerOf(request: AdminRequest, asker: Asker): Promise<Answer> {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const allowed: string[] = []
  for (const route of ROUTES) {
    const found = route.path.exec(request.path)
    if (!found) continue
    const { lastEventId, accept = '', body = '' } = request
    const query = new URLSearchParams(request.query)
    if (route.method === method)
      return route.answer({ ...asker, name: found[1] ?? '', query, lastEventId, accept, body })
    allowed.push(route.method)
  }
  if (allowed.length === 0) return nothingHere()
  const allow = allowed.join(', ')
  return problem(405, 'Method not allowed', `This path takes ${allow}.`, { allow })
}

/** Of all functions, or of the one in the query. */
function stream(
  { source, query, lastEventId, clock }: Call,
  read: (fn: string | undefined, from: StreamStart) => Reading,
): Answer {
  const from = startOf(query, lastEventId, 0)
  if (!from) return badLast()
  const name = query.get('function') ?? undefined
  const isKnown = name === undefined || source.status().functions.some(({ id }) => id === name)
  return isKnown ? eventStream(read(name, from), clock) : unknownFunction(name)
}

/** All lines that are kept, then with `follow` those to come. */
function logs({ source, name, query, lastEventId, clock }: Call): Answer {
  const from = startOf(query, lastEventId, LIMITS.outputKeptMax)
  if (!from) return badLast()
  const reading = source.output(name, from)
  if (!reading) return unknownFunction(name)
  if (query.has('follow')) return eventStream(reading, clock)
  return json(200, { lines: piecesOf(reading).map(({ text }) => JSON.parse(text) as unknown) })
}

/** Which function answers for `?host=…&path=…`, and why. */
function explanation({ source, query }: Call): Answer {
  const host = query.get('host')
  const found = host ? source.explain(host, query.get('path') ?? '/') : undefined
  return found
    ? json(200, found)
    : problem(400, 'Bad query', '"host" is a host such as example.org, "path" begins with a slash.')
}

/** Takes `{"for": "1h"}`. */
async function warm({ source, name, body }: Call): Promise<Answer> {
  const forMs = parseDuration(textIn(body, 'for') ?? '')
  if (forMs === undefined || forMs > LIMITS.warmMaxMs) {
    const most = formatDuration(LIMITS.warmMaxMs)
    return problem(
      400,
      'Bad body',
      `Send {"for": "1h"}: a duration of at most ${most}; 0s ends it.`,
    )
  }
  return controlAnswer(await source.warm(name, forMs))
}

/** The text under `key` of a JSON object; undefined where there is none. */
function textIn(body: string, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body)
    const text = Object.entries(value ?? {}).find(([name]) => name === key)?.[1] as unknown
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

/** Undefined: `last` is no number. */
function startOf(
  query: URLSearchParams,
  after: string | undefined,
  otherwise: number,
): StreamStart | undefined {
  const last = query.get('last') ?? String(otherwise)
  return /^\d{1,9}$/.test(last) ? { after, last: Number(last) } : undefined
}

const badLast = (): AdminAnswer =>
  problem(400, 'Bad query', '"last" says how many come first: a whole number.')

function piecesOf(reading: Reading): readonly Piece[] {
  const pieces: Piece[] = []
  for (let piece = reading.next(); piece; piece = reading.next()) pieces.push(piece)
  return pieces
}

/** What functions print may hold secrets: not for callers who have shown nothing. */
const visible = <T extends Pick<FunctionStatus, 'lastError'>>(fn: T, full: boolean): T =>
  full || !fn.lastError ? fn : { ...fn, lastError: { ...fn.lastError, log: [] } }

const nothingHere = (): AdminAnswer => problem(404, 'Not found', 'There is nothing at this path.')

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

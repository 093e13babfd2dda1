/** A unix socket in front of the engine's that lets through the calls in use and refuses, and remembers, all others. */

import { EventEmitter } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENGINE_CALLS } from '../../src/runtime/docker/calls.ts'
import type { EngineCall } from '../../src/runtime/docker/calls.ts'

export interface EngineFilter {
  readonly socketPath: string
  /** Calls let through, as `METHOD /path` of the list, in order of arrival. */
  readonly seen: readonly string[]
  /** Calls refused, as they came. */
  readonly refused: readonly string[]
  /** Resolves when this call has begun, past ones included. */
  began(call: string): Promise<void>
  /** Resolves when the next exchange of this call is over, on either side. */
  over(call: string): Promise<void>
  /** Ends every connection, as an engine that goes away does; `listen` brings it back. */
  cut(): Promise<void>
  listen(): Promise<void>
  close(): Promise<void>
}

const pattern = ({ path }: EngineCall): RegExp =>
  new RegExp(`^(/v[0-9.]+)?${path.replaceAll('.', '\\.').replaceAll('*', '.+')}$`)

const PATTERNS = ENGINE_CALLS.map((call) => ({ call, matches: pattern(call) }))

/** Without a wildcard first: `/containers/json` is not a container of that name. */
const SORTED = PATTERNS.toSorted(
  (a, b) => Number(a.call.path.includes('*')) - Number(b.call.path.includes('*')),
)

export async function filterEngine(enginePath: string): Promise<EngineFilter> {
  const dir = await mkdtemp(join(tmpdir(), 'coldfront-engine-'))
  const socketPath = join(dir, 'engine.sock')
  const seen: string[] = []
  const refused: string[] = []
  const begins = new EventEmitter()
  const ends = new EventEmitter()
  const server = createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0] ?? ''
    const found = SORTED.find(
      ({ call, matches }) => call.method === req.method && matches.test(path),
    )
    if (found) {
      const name = `${found.call.method} ${found.call.path}`
      seen.push(name)
      begins.emit(name)
      res.on('close', () => ends.emit(name))
      return pass({ enginePath, req, res })
    }
    refused.push(`${req.method} ${path}`)
    res.writeHead(403, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ message: `${req.method} ${path} is not on the list of calls in use` }))
  })
  const listen = (): Promise<void> =>
    new Promise((resolve) => void server.listen(socketPath, resolve))
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen()
  const close = async (): Promise<void> => {
    if (server.listening) await cut()
    await rm(dir, { recursive: true, force: true })
  }
  const over = (call: string): Promise<void> =>
    new Promise((resolve) => void ends.once(call, () => resolve()))
  const began = (call: string): Promise<void> =>
    seen.includes(call)
      ? Promise.resolve()
      : new Promise((resolve) => void begins.once(call, () => resolve()))
  return { socketPath, seen, refused, began, over, cut, listen, close }
}

interface PassParts {
  readonly enginePath: string
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

function pass({ enginePath, req, res }: PassParts): void {
  const { method, url: path, headers } = req
  const upstream = request(
    { socketPath: enginePath, method, path, headers, agent: false },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      res.flushHeaders()
      answer.pipe(res)
      answer.on('error', () => res.destroy())
    },
  )
  upstream.on('error', () => res.destroy())
  res.on('close', () => upstream.destroy())
  req.pipe(upstream)
}

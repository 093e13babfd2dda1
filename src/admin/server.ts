/**
 * The private listener: health, metrics, status and control verbs, over a unix socket and, when configured, TCP.
 * The only file of `admin/` that knows HTTP; everything a client can make large or slow has a bound here.
 */

import { chmodSync } from 'node:fs'
import { LIMITS } from '../domain/limits.ts'
import type { DashboardFiles } from './dashboard-files.ts'
import { answerOf } from './routes.ts'
import { claimSocket } from './socket-claim.ts'
import { isAuthorised, refusalOf } from './guard.ts'
import { isInPieces, isStream, problem } from './message.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import type { AdminAnswer, AdminPieces, AdminRequest, AdminStream, Reach } from './message.ts'
import type { AdminSource } from './status.ts'
import type { GuardRules } from './guard.ts'

// Not imported: see the rule for it in test/tidy.test.ts.
const { createServer } = process.getBuiltinModule('node:http')

export interface AdminParts extends GuardRules {
  readonly source: AdminSource
  readonly clock: Clock
  readonly dashboard: DashboardFiles
  /** Hears of an answer that failed from within. */
  readonly fault: (error: unknown) => void
}

const SERVER_OPTIONS = {
  maxHeaderSize: LIMITS.adminHeadBytes,
  headersTimeout: LIMITS.adminHeadMs,
  requestTimeout: LIMITS.adminRequestMs,
  keepAliveTimeout: LIMITS.adminKeepAliveMs,
  connectionsCheckingInterval: 1_000,
}

/** Of every answer. */
const FIELDS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export class AdminServer {
  readonly #parts: AdminParts
  readonly #servers: Server[] = []
  #streams = 0

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** Listens on a unix socket with mode 0600. Rejects with `StateDirError` when a gateway answers there already. */
  async listenUnix(path: string): Promise<void> {
    await claimSocket(path)
    await this.#listen('unix', { path })
    chmodSync(path, 0o600)
  }

  /** Listens on TCP and resolves with the port. An empty host means every address. */
  async listenTcp({ host, port }: { host: string; port: number }): Promise<number> {
    const where = host === '' ? { port } : { host, port }
    const server = await this.#listen(isLoopback(host) ? 'loopback' : 'network', where)
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  /** Stops listening and ends all connections; removes the socket. Idempotent. */
  async close(): Promise<void> {
    const servers = this.#servers.splice(0)
    await Promise.all(servers.map((server) => closed(server)))
  }

  async #listen(
    reach: Reach,
    where: { path: string } | { host?: string; port: number },
  ): Promise<Server> {
    const server = createServer(SERVER_OPTIONS, (req, res) => this.#serve(reach, req, res))
    server.maxConnections = LIMITS.adminConnectionsMax
    server.setTimeout(LIMITS.adminIdleMs)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, () => {
        server.off('error', reject)
        resolve()
      })
    })
    // Such as EMFILE on accept: the next connection may work again.
    server.on('error', (error) => this.#parts.fault(error))
    this.#servers.push(server)
    return server
  }

  #serve(reach: Reach, req: IncomingMessage, res: ServerResponse): void {
    const request = requestOf(reach, req)
    const refusal = refusalOf(request, this.#parts)
    let bytes = 0
    const chunks: Buffer[] = []
    req.on('error', () => res.destroy())
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= LIMITS.adminBodyBytes) return void chunks.push(chunk)
      const detail = `The body may have ${LIMITS.adminBodyBytes} bytes.`
      if (res.headersSent) req.destroy()
      else send(res, problem(413, 'Body too large', detail, { connection: 'close' }))
    })
    if (refusal) {
      send(res, refusal)
      return
    }
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      if (!res.headersSent) void this.#answer({ ...request, body }, res)
    })
  }

  async #answer(request: AdminRequest, res: ServerResponse): Promise<void> {
    try {
      const { source, clock, dashboard } = this.#parts
      const full = isAuthorised(request, this.#parts)
      const answer = await answerOf(request, { source, clock, dashboard, full })
      if (isStream(answer)) this.#stream(request, res, answer)
      else if (isInPieces(answer)) await this.#pour(request, res, answer)
      else send(res, answer)
    } catch (error) {
      this.#parts.fault(error)
      if (res.headersSent) return void res.destroy()
      send(res, problem(500, 'Internal error', 'The gateway failed to answer; its log says why.'))
    }
  }

  /** A turn of the event loop for each piece, and no more than the reader takes. */
  async #pour(
    { method }: AdminRequest,
    res: ServerResponse,
    { status, type, pieces }: AdminPieces,
  ): Promise<void> {
    const { clock } = this.#parts
    res.writeHead(status, { ...FIELDS, 'content-type': type })
    if (method === 'HEAD') return void res.end()
    for await (const piece of pieces) {
      if (res.destroyed) return
      if (piece !== '' && !res.write(piece)) await drained(res)
      await new Promise<void>((resolve) => clock.turn(resolve))
    }
    res.end()
  }

  /** Streams are few: they must leave connections for verbs and probes. */
  #stream(request: AdminRequest, res: ServerResponse, { open }: AdminStream): void {
    if (this.#streams >= LIMITS.streamsMax) {
      const detail = `There are ${LIMITS.streamsMax} streams open already; end one.`
      return send(res, problem(503, 'Too many streams', detail, { 'retry-after': '5' }))
    }
    res.writeHead(200, {
      ...FIELDS,
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    })
    if (request.method === 'HEAD' || res.destroyed) return void res.end()
    this.#streams += 1
    const close = open({
      write: (text) => res.write(text),
      onDrain: (listener) => void res.on('drain', listener),
      end: () => void res.end(),
    })
    res.on('close', () => {
      this.#streams -= 1
      close()
    })
  }
}

function requestOf(reach: Reach, req: IncomingMessage): AdminRequest {
  const { host, origin, authorization, via } = req.headers
  const url = req.url ?? ''
  const mark = url.includes('?') ? url.indexOf('?') : url.length
  return {
    reach,
    method: req.method ?? '',
    path: url.slice(0, mark),
    query: url.slice(mark + 1),
    host,
    origin,
    authorization,
    contentType: req.headers['content-type'],
    via,
    fetchSite: textOf(req.headers['sec-fetch-site']),
    fetchDest: textOf(req.headers['sec-fetch-dest']),
    accept: req.headers.accept,
    lastEventId: textOf(req.headers['last-event-id']),
  }
}

const textOf = (field: string | string[] | undefined): string | undefined =>
  typeof field === 'string' ? field : undefined

function send(res: ServerResponse, { status, type, body, fields }: AdminAnswer): void {
  res.writeHead(status, {
    ...FIELDS,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...fields,
  })
  res.end(body)
}

/** Until it takes more, or is gone. */
const drained = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.on('drain', done)
    res.on('close', done)
  })

/** Whether only this machine reaches what listens on `host`. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

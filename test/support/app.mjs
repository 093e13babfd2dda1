// A function for tests: one plain server with the behaviours that tests need. It runs as a child process, in
// the image coldfront-test/node, or by hand (`PORT=8080 node test/support/app.mjs`), and needs nothing but Node.
//
//   GET  /              who answered: pid, host, function, start time, requests so far
//   GET  /slow?ms=N     the same, after N ms
//   GET  /stream?bytes=N&chunk=N&ms=N   N bytes, in chunks, ms between them
//   GET  /sse?count=N&ms=N              server-sent events
//   POST /upload        how many bytes came, and their SHA-256
//   ANY  /echo          method, target, raw header fields, body
//   GET  /env?names=A,B the environment, these names only
//   GET  /status?code=N answers N
//   GET  /grow?mib=N    takes so much memory and keeps it, in the middle of the exchange
//   GET  /exit?code=N   exits at once, in the middle of the exchange
//   GET  /print?line=X  prints X to its standard output, then answers
//   GET  /count         requests per method and path so far
//   GET  /gate?name=X   answers a first line at once, and a last one when somebody asks for /open?name=X
//   GET  /ready         503 until somebody asks for /open?name=ready
//   GET  /deaf          listens no more, until SIGUSR2
//   Upgrade: websocket  echoes frames (at most 64 KiB each); Upgrade: echo  echoes bytes
//
// By environment: PORT, HOST (default 0.0.0.0), SOCKET (a path instead of a port), LISTEN_DELAY_MS, EXIT_AT_ONCE
// (a code), READY_AFTER_MS (answers 503 until then), IGNORE_TERM, ALLOCATE_MIB (grows until the limit ends it),
// NEVER_LISTEN, KEEP_ALIVE_MS (of idle connections; the default is Node's).
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { hostname } from 'node:os'

const env = process.env
const startedAt = Date.now()
const counts = {}
let requests = 0

const say = (line) => process.stdout.write(`${line}\n`)
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function json(res, value, status = 200) {
  const body = JSON.stringify(value)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  res.end(body)
}

const who = () => ({
  pid: process.pid,
  host: hostname(),
  service: env.K_SERVICE,
  revision: env.K_REVISION,
  startedAt,
  requests,
})

async function stream(res, query) {
  let left = Number(query.get('bytes') ?? 1_000_000)
  const size = Number(query.get('chunk') ?? 65_536)
  const ms = Number(query.get('ms') ?? 0)
  res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': left })
  while (left > 0 && !res.destroyed) {
    const chunk = Buffer.alloc(Math.min(size, left), 0x61)
    left -= chunk.length
    if (!res.write(chunk)) {
      await new Promise((resolve) => {
        res.once('drain', resolve)
        res.once('close', resolve)
      })
    }
    if (ms > 0) await sleep(ms)
  }
  res.end()
}

async function events(res, query) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const count = Number(query.get('count') ?? 3)
  for (let i = 0; i < count && !res.destroyed; i += 1) {
    res.write(`id: ${i}\ndata: tick ${i}\n\n`)
    await sleep(Number(query.get('ms') ?? 10))
  }
  res.end()
}

async function body(req) {
  const hash = createHash('sha256')
  const parts = []
  let bytes = 0
  for await (const chunk of req) {
    hash.update(chunk)
    bytes += chunk.length
    if (bytes <= 65_536) parts.push(chunk)
  }
  return { bytes, sha256: hash.digest('hex'), text: Buffer.concat(parts).toString('latin1') }
}

const gates = {}
const gateOf = (query) => (gates[query.get('name') ?? ''] ??= { isOpen: false, waiting: [] })

const ROUTES = {
  '/slow': async (req, res, query) => {
    await sleep(Number(query.get('ms') ?? 100))
    json(res, who())
  },
  '/stream': (req, res, query) => stream(res, query),
  '/sse': (req, res, query) => events(res, query),
  '/upload': async (req, res) => {
    const { bytes, sha256 } = await body(req)
    json(res, { bytes, sha256 })
  },
  '/echo': async (req, res) => {
    const { text } = await body(req)
    json(res, { method: req.method, target: req.url, fields: req.rawHeaders, body: text })
  },
  '/env': (req, res, query) => {
    const names = (query.get('names') ?? '').split(',')
    json(res, Object.fromEntries(names.map((name) => [name, env[name] ?? null])))
  },
  '/status': (req, res, query) => json(res, who(), Number(query.get('code') ?? 200)),
  '/grow': (req, res, query) => {
    allocate(Number(query.get('mib') ?? 64))
    json(res, who())
  },
  '/exit': (req, res, query) => {
    // First of all: whoever connects while the process ends would be lost with it.
    server.close()
    process.exit(Number(query.get('code') ?? 1))
  },
  '/print': (req, res, query) => {
    say(query.get('line') ?? '')
    json(res, who())
  },
  '/count': (req, res) => json(res, counts),
  '/gate': (req, res, query) => {
    const gate = gateOf(query)
    res.writeHead(200, { 'content-type': 'text/plain' })
    res.write('waiting\n')
    if (gate.isOpen) res.end('open\n')
    else gate.waiting.push(res)
  },
  '/open': (req, res, query) => {
    const gate = gateOf(query)
    gate.isOpen = true
    for (const waiting of gate.waiting.splice(0)) waiting.end('open\n')
    json(res, who())
  },
  '/ready': (req, res) => json(res, who(), gates.ready?.isOpen ? 200 : 503),
  '/deaf': (req, res) => {
    server.close()
    setInterval(() => {}, 60_000)
    res.setHeader('connection', 'close')
    json(res, who())
  },
}

const server = createServer((req, res) => {
  const url = new URL(req.url, 'http://app')
  requests += 1
  counts[`${req.method} ${url.pathname}`] = (counts[`${req.method} ${url.pathname}`] ?? 0) + 1
  if (Date.now() - startedAt < Number(env.READY_AFTER_MS ?? 0))
    return json(res, { ready: false }, 503)
  const route = ROUTES[url.pathname]
  if (!route) return json(res, who())
  Promise.resolve(route(req, res, url.searchParams)).catch(() => res.destroy())
})

/** One frame of at most 64 KiB that is wholly in `data`; undefined while bytes are missing. */
function frame(data) {
  if (data.length < 6) return undefined
  const short = data[1] & 0x7f
  const at = short === 126 ? 4 : 2
  const length = short === 126 ? data.readUInt16BE(2) : short
  const end = at + 4 + length
  if (data.length < end) return undefined
  const mask = data.subarray(at, at + 4)
  const payload = Buffer.from(data.subarray(at + 4, end))
  for (let i = 0; i < payload.length; i += 1) payload[i] ^= mask[i & 3]
  return { first: data[0], payload, end }
}

function echoFrames(socket, early) {
  let data = early
  const drain = () => {
    for (let f = frame(data); f; f = frame(data)) {
      data = data.subarray(f.end)
      const { length } = f.payload
      const head =
        length < 126
          ? Buffer.from([f.first, length])
          : Buffer.from([f.first, 126, length >> 8, length & 255])
      const opcode = f.first & 0x0f
      if (opcode === 9) head[0] = 0x8a
      socket.write(Buffer.concat([head, f.payload]))
      if (opcode === 8) socket.end()
    }
  }
  socket.on('data', (chunk) => {
    data = Buffer.concat([data, chunk])
    drain()
  })
  socket.on('end', () => socket.end())
  drain()
}

server.on('upgrade', (req, socket, early) => {
  socket.on('error', () => socket.destroy())
  if (req.headers.upgrade?.toLowerCase() === 'websocket') {
    const accept = createHash('sha1')
      .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    echoFrames(socket, early)
  } else {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
    if (early.length > 0) socket.write(early)
    socket.pipe(socket)
  }
})

if (env.KEEP_ALIVE_MS) server.keepAliveTimeout = Number(env.KEEP_ALIVE_MS)

process.on('SIGTERM', () => {
  say('got SIGTERM')
  if (env.IGNORE_TERM) return
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), 1_000).unref()
})

const held = []
/** Grows until the memory limit ends the process. */
function allocate(mib) {
  for (let i = 0; i < mib; i += 1) held.push(Buffer.alloc(1024 * 1024, 1))
  say(`allocated ${held.length} MiB`)
}

say(`pid ${process.pid} begins`)
if (env.EXIT_AT_ONCE !== undefined) {
  say(`exits at once with ${env.EXIT_AT_ONCE}`)
  process.exitCode = Number(env.EXIT_AT_ONCE)
} else if (env.NEVER_LISTEN) {
  setInterval(() => {}, 60_000)
} else {
  if (env.ALLOCATE_MIB) allocate(Number(env.ALLOCATE_MIB))
  const where = env.SOCKET
    ? { path: env.SOCKET }
    : { port: Number(env.PORT ?? 8080), host: env.HOST ?? '0.0.0.0' }
  const listen = () => server.listen(where, () => say(`listening on ${env.SOCKET ?? where.port}`))
  setTimeout(listen, Number(env.LISTEN_DELAY_MS ?? 0))
  process.on('SIGUSR2', listen)
}

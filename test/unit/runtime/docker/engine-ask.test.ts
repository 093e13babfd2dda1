/** Calls straight over the engine's socket, to an engine that answers byte by byte as it is told. */

import { once } from 'node:events'
import { type Socket, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { SocketAsk } from '../../../../src/runtime/docker/engine-ask.ts'
import { DOCKER_LIMITS } from '../../../../src/runtime/docker/limits.ts'
import { tempDir } from '../../../support/temp-dir.ts'

/** `answer` is called with each request, and with the connection's number. */
async function setup(t: Test, answer: (request: string, socket: Socket, nth: number) => void) {
  const path = join(tempDir(t), 'engine.sock')
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    const nth = sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => answer(bytes.toString('utf8'), socket, nth))
  })
  server.listen(path)
  await once(server, 'listening')
  const asks = new SocketAsk(path, '1.41')
  t.teardown(() => {
    asks.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const never = new AbortController().signal
  const get = (what: string, signal = never) => asks.ask({ method: 'GET', path: what }, signal)
  return { path, asks, sockets, get }
}

const json = (text: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`

t.test('engine ask: one call after the other goes over one connection', async (t) => {
  const seen: string[] = []
  const { asks, sockets, get } = await setup(t, (request, socket) => {
    seen.push(request)
    socket.write(request.includes('/start') ? 'HTTP/1.1 204 No Content\r\n\r\n' : json('{"a":"ü"}'))
  })
  t.strictSame(await get('/containers/x/json'), { a: 'ü' })
  const body = { Env: ['A=ü'] }
  const { signal } = new AbortController()
  t.strictSame(await asks.ask({ method: 'POST', path: '/containers/create', body }, signal), {
    a: 'ü',
  })
  t.equal(await asks.ask({ method: 'POST', path: '/containers/x/start' }, signal), undefined)
  t.equal(sockets.length, 1)
  t.match(seen[0], /^GET \/v1\.41\/containers\/x\/json HTTP\/1\.1\r\nHost: localhost\r\n/)
  t.match(seen[1], /\r\nContent-Length: 16\r\n\r\n\{"Env":\["A=ü"\]\}$/)
  t.match(seen[2], /\r\nContent-Length: 0\r\n\r\n$/)
})

t.test('engine ask: calls at the same time have a connection each', async (t) => {
  const waiting: Socket[] = []
  const { get } = await setup(t, (_, socket) => {
    waiting.push(socket)
    if (waiting.length === 2) for (const each of waiting) each.write(json('1'))
  })
  t.strictSame(await Promise.all([get('/a'), get('/b')]), [1, 1])
})

t.test('engine ask: an answer in pieces, chunked or up to the end is read whole', async (t) => {
  const pieces: Record<string, (socket: Socket) => void> = {
    '/chunked': (socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n',
      ),
    '/end': (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n[2]'),
    '/pieces': (socket) => {
      const [first = '', ...rest] = json('[3]').split(/(?<=4|\n|\[)/)
      socket.write(first)
      const next = (): void => {
        const piece = rest.shift()
        if (piece !== undefined) socket.write(piece, () => setImmediate(next))
      }
      setImmediate(next)
    },
  }
  const { get } = await setup(t, (request, socket) =>
    pieces[/ \/v1\.41(\S+)/.exec(request)?.[1] ?? '']?.(socket),
  )
  t.strictSame(await get('/chunked'), [1])
  t.strictSame(await get('/end'), [2])
  t.strictSame(await get('/pieces'), [3])
})

t.test('engine ask: a refusal carries its status and the words of the engine', async (t) => {
  const { get } = await setup(t, (request, socket) =>
    socket.write(
      request.includes('/proxy')
        ? json('forbidden here', '403 Forbidden')
        : json('{"message":"no such container"}', '404 Not Found'),
    ),
  )
  const refusal: unknown = await get('/x').catch((error: unknown) => error)
  t.match(refusal, { statusCode: 404, json: { message: 'no such container' } })
  await t.rejects(get('/proxy'), { statusCode: 403, message: 'forbidden here' })
})

t.test('engine ask: a call is lost with its connection, and the next has another', async (t) => {
  const { get, sockets } = await setup(t, (request, socket) => {
    if (request.includes('/cut')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[')
    else if (request.includes('/garbage')) socket.write('SSH-2.0-OpenSSH\r\n\r\n')
    else socket.write(json('1'))
  })
  await t.rejects(get('/cut'), { message: 'socket hang up' })
  await t.rejects(get('/garbage'), { message: /cannot be read/ })
  t.equal(await get('/fine'), 1)
  t.equal(sockets.length, 3)
})

t.test('engine ask: an answer that is no JSON fails its own call alone', async (t) => {
  const { get } = await setup(t, (request, socket) =>
    socket.write(json(request.includes('/garbage') ? '<html>' : '1')),
  )
  await t.rejects(get('/garbage'), { name: 'SyntaxError' })
  t.equal(await get('/next'), 1)
})

t.test('engine ask: after many calls at once only some connections are kept', async (t) => {
  const waiting: Socket[] = []
  const { get, sockets } = await setup(t, (_, socket) => {
    if (waiting.push(socket) === most + 5) for (const each of waiting) each.write(json('1'))
  })
  const most = DOCKER_LIMITS.linesKeptMax
  await Promise.all(Array.from({ length: most + 5 }, () => get('/x')))
  const closed = (): number => sockets.filter((socket) => socket.readableEnded).length
  while (closed() < 5) await new Promise((resolve) => setImmediate(resolve))
  t.equal(closed(), 5)
})

t.test('engine ask: who leaves takes the connection along', async (t) => {
  const { get, sockets } = await setup(t, (request, socket, nth) => {
    if (nth > 1) socket.write(json('1'))
    else if (request.includes('/slow')) leaving.abort(new Error('gone'))
  })
  const leaving = new AbortController()
  await t.rejects(get('/slow', leaving.signal), { message: 'gone' })
  t.equal(await get('/next'), 1)
  t.equal(sockets.length, 2)
})

t.test('engine ask: where nobody listens the error says so', async (t) => {
  const asks = new SocketAsk(join(tempDir(t), 'no.sock'), '1.41')
  const order = { method: 'GET', path: '/x' } as const
  await t.rejects(asks.ask(order, new AbortController().signal), { code: 'ENOENT' })
})

import t from 'tap'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DashboardFiles } from '../../../src/admin/dashboard-files.ts'
import { AdminServer } from '../../../src/admin/server.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { functionId, instanceId } from '../../../src/domain/ids.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { FakeSource } from './fake-source.ts'
import type { NetConnectOpts, Socket } from 'node:net'

const token = 'T'.repeat(43)

function setup(t: { teardown(fn: () => unknown): void }) {
  const source = new FakeSource()
  const faults: unknown[] = []
  const fault = (error: unknown) => faults.push(error)
  const dashboard = new DashboardFiles('/nowhere')
  const parts = { source, clock: systemClock, dashboard, token, hosts: [], fault }
  const server = new AdminServer(parts)
  t.teardown(() => server.close())
  return { source, server, faults }
}

/** Everything the server answers to the raw text until it closes the connection. */
async function exchange(where: NetConnectOpts, text: string): Promise<string> {
  const socket: Socket = connect(where)
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (part: string) => (answer += part))
  // The server may cut a request short that it does not want to read.
  socket.on('error', () => undefined)
  socket.write(text, 'latin1')
  await once(socket, 'close')
  return answer
}

const get = (path: string, fields = '') =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${fields}\r\n`
const post = (path: string, fields = '', body = '') =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n${fields}\r\n${body}`

t.test(
  'admin server: over TCP a verb needs the token, over the unix socket it does not',
  async (t) => {
    const { server, source } = setup(t)
    const path = join(tempDir(t), 'admin.sock')
    await server.listenUnix(path)
    const tcp = { host: '127.0.0.1', port: await server.listenTcp({ host: '127.0.0.1', port: 0 }) }
    t.match(
      await exchange(tcp, post('/api/v1/reload')),
      /^HTTP\/1\.1 401 .*www-authenticate: Bearer/s,
    )
    t.strictSame(source.asked, [])
    t.match(
      await exchange(tcp, post('/api/v1/reload', `Authorization: Bearer ${token}\r\n`)),
      /^HTTP\/1\.1 200 /,
    )
    t.match(
      await exchange({ path }, post('/api/v1/functions/hello/wake', '', '{}')),
      /^HTTP\/1\.1 200 /,
    )
    await exchange({ path }, post('/api/v1/functions/hello/warm', '', '{"for":"1h"}'))
    t.strictSame(source.asked, ['reload', 'wake hello', 'warm hello 3600000'])
    t.equal(statSync(path).mode & 0o777, 0o600)
  },
)

t.test('admin server: answers are not to be stored or sniffed', async (t) => {
  const { server } = setup(t)
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  const answer = await exchange({ host: '127.0.0.1', port }, get('/metrics?x=1'))
  t.match(answer, /^HTTP\/1\.1 200 .*cache-control: no-store.*nosniff.*coldfront_x 1/s)
})

t.test(
  'admin server: metrics are asked for in a format, and a reader who leaves ends them',
  async (t) => {
    const { server, source } = setup(t)
    const where = {
      host: '127.0.0.1',
      port: await server.listenTcp({ host: '127.0.0.1', port: 0 }),
    }
    const accepted: string[] = []
    const ended = new Promise<void>((resolve) => {
      source.metrics = (accept) => {
        accepted.push(accept)
        return { type: 'text/plain', pieces: endless(resolve) }
      }
    })
    const socket = connect(where)
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
    socket.write(get('/metrics', 'Accept: application/openmetrics-text\r\n'))
    await once(socket, 'data')
    t.strictSame(accepted, ['application/openmetrics-text'])
    socket.destroy()
    await ended
    t.match(await exchange(where, get('/healthz')), /^HTTP\/1\.1 200 /)
  },
)

/** Pieces without an end; `ended` hears that nobody wants more. */
async function* endless(ended: () => void): AsyncGenerator<string> {
  try {
    for (;;) yield 'x'.repeat(65_536)
  } finally {
    ended()
  }
}

t.test('admin server: a large head or body is refused', async (t) => {
  const { server, source } = setup(t)
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  const where = { host: '127.0.0.1', port }
  const fields = `X: ${'x'.repeat(LIMITS.adminHeadBytes)}\r\n`
  t.match(await exchange(where, get('/healthz', fields)), /^HTTP\/1\.1 431 /)
  const authorization = `Authorization: Bearer ${token}\r\n`
  const body = ' '.repeat(LIMITS.adminBodyBytes + 1)
  t.match(await exchange(where, post('/api/v1/reload', authorization, body)), /^HTTP\/1\.1 413 /)
  t.strictSame(source.asked, [])
})

t.test('admin server: a source that throws is a 500 without its message', async (t) => {
  const { server, source, faults } = setup(t)
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  source.metrics = () => {
    throw new Error('inner secret')
  }
  const answer = await exchange({ host: '127.0.0.1', port }, get('/metrics'))
  t.match(answer, /^HTTP\/1\.1 500 .*problem\+json/s)
  t.notMatch(answer, 'inner secret')
  t.match(faults, [{ message: 'inner secret' }])
})

t.test('admin server: a taken port is an error of listen', async (t) => {
  const { server } = setup(t)
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  await t.rejects(server.listenTcp({ host: '127.0.0.1', port }), { code: 'EADDRINUSE' })
})

t.test('admin server: more connections than its limit are closed unanswered', async (t) => {
  const { server } = setup(t)
  const where = { host: '127.0.0.1', port: await server.listenTcp({ host: '127.0.0.1', port: 0 }) }
  for (let i = 0; i < LIMITS.adminConnectionsMax; i += 1) {
    const socket = connect(where)
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
  }
  t.equal(await exchange(where, get('/healthz')), '')
})

t.test('admin server: close ends what is open and removes the socket', async (t) => {
  const { server } = setup(t)
  const path = join(tempDir(t), 'admin.sock')
  await server.listenUnix(path)
  const socket = connect(path)
  await once(socket, 'connect')
  socket.resume()
  const closed = once(socket, 'close')
  await server.close()
  await closed
  t.throws(() => statSync(path), { code: 'ENOENT' })
  await server.close()
})

/** Reads what comes until it matches. */
async function readUntil(socket: Socket, wanted: RegExp): Promise<string> {
  let text = ''
  socket.setEncoding('latin1')
  while (!wanted.test(text)) text += String(await once(socket, 'data'))
  return text
}

t.test('admin server: events are streamed until the reader goes', async (t) => {
  const { server, source } = setup(t)
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  const event = (id: string) =>
    source.ring.event({ k: 'paused', at: 5, fn: functionId('hello'), instance: instanceId(id) })
  for (const id of ['a', 'b']) event(id)
  const socket = connect({ host: '127.0.0.1', port })
  t.teardown(() => socket.destroy())
  socket.write(get('/api/v1/events', 'Last-Event-ID: 10-1\r\n'))
  const head = await readUntil(socket, /"b"/)
  t.match(head, /^HTTP\/1\.1 200 .*text\/event-stream.*: coldfront\n\n/s)
  t.notMatch(head, '"a"')
  event('c')
  t.match(await readUntil(socket, /"c"/), 'id: 10-3\n')
})

t.test('admin server: streams leave connections for others', async (t) => {
  const { server } = setup(t)
  const where = { host: '127.0.0.1', port: await server.listenTcp({ host: '127.0.0.1', port: 0 }) }
  const sockets: Socket[] = []
  for (let i = 0; i < LIMITS.streamsMax; i += 1) {
    const socket = connect(where)
    t.teardown(() => socket.destroy())
    sockets.push(socket)
    socket.write(get('/api/v1/events'))
    await readUntil(socket, /: coldfront/)
  }
  t.match(await exchange(where, get('/api/v1/events')), /^HTTP\/1\.1 503 .*retry-after/s)
  t.match(await exchange(where, get('/healthz')), /^HTTP\/1\.1 200 /)
  t.match(await exchange(where, get('/api/v1/events').replace('GET', 'HEAD')), /^HTTP\/1\.1 503 /)
  sockets[0]?.end()
  if (sockets[0]) await once(sockets[0], 'close')
  t.match(
    await exchange(where, get('/api/v1/events').replace('GET', 'HEAD')),
    /^HTTP\/1\.1 200 .*event-stream\r\n.*\r\n\r\n$/s,
  )
})

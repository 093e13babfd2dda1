/** Functions that answer anything but HTTP: the client gets a clean error or a reset, never the garbage, and the gateway stays whole. */

import type { Test } from 'tap'
import t from 'tap'

import type { RawConnection } from '../support/raw-connection.ts'
import { rawUpstream } from '../support/raw-upstream.ts'
import { defended } from './defended.ts'

async function setup(t: Test, timeouts: Readonly<Record<string, string>> = {}) {
  const upstream = await rawUpstream(t)
  const app = { upstream: `127.0.0.1:${upstream.port}`, timeouts }
  const gateway = await defended(t, { text: { functions: { app } } })
  const client = await gateway.client()
  client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
  const came = await upstream.accept()
  await came.head()
  return { upstream, gateway, client, came }
}

const OK = 'HTTP/1.1 200 OK\r\n'

/** What is no answer at all: 502, and nothing of it goes on. */
const INVALID: Readonly<Record<string, string | Uint8Array>> = {
  'text that is no HTTP': 'SSH-2.0-OpenSSH_9.2p1\r\n',
  'a TLS alert': Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28]),
  zeros: Buffer.alloc(4_096),
  'HTTP/2': Buffer.from('000012040000000000000300000064', 'hex'),
  'a request instead of a response': 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
  'a status that is none': 'HTTP/1.1 abc OK\r\n\r\n',
  'a bare CR in a value': `${OK}X: a\rSet-Cookie: stolen=1\r\nContent-Length: 0\r\n\r\n`,
  'a zero byte in a value': `${OK}X: a\0b\r\nContent-Length: 0\r\n\r\n`,
  'a zero byte in a name': `${OK}X\0: a\r\nContent-Length: 0\r\n\r\n`,
  'a space before the colon': `${OK}Content-Length : 0\r\n\r\n`,
  'a folded line': `${OK}X: a\r\n  Set-Cookie: b\r\nContent-Length: 0\r\n\r\n`,
  'a line without a colon': `${OK}Nonsense\r\nContent-Length: 0\r\n\r\n`,
  'two lengths that differ': `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  'a length below zero': `${OK}Content-Length: -1\r\n\r\n`,
  'a length in hex': `${OK}Content-Length: 0x10\r\n\r\n`,
  'a length and chunks': `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'an unknown coding': `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'a huge field': `${OK}X: ${'x'.repeat(200_000)}\r\n\r\n`,
  'a head without end': `${OK}${'X: y\r\n'.repeat(100_000)}`,
  'a switch nobody asked for':
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\n',
}

for (const [what, garbage] of Object.entries(INVALID)) {
  t.test(`garbage: ${what} is 502`, async (t) => {
    const { gateway, client, came } = await setup(t)
    came.send(garbage)
    const { status, body, lines } = await client.message()
    t.equal(status, 502)
    t.match(JSON.parse(body), { code: /^UPSTREAM_(INVALID|CLOSED)$/ })
    t.notMatch(lines.join('\n'), /stolen|Set-Cookie/i)
    await came.ended()
    t.equal((await gateway.status()).inFlight, 0)
    t.equal(client.unread, '', 'nothing follows that could be taken for another answer')
  })
}

/** What goes wrong after a good head: the client sees that it is not complete. */
const BROKEN: Readonly<Record<string, (came: RawConnection) => void>> = {
  'fewer bytes than announced': (came) => came.send(`${OK}Content-Length: 10\r\n\r\nabc`).end(),
  'a reset in the body': (came) => {
    came.send(`${OK}Content-Length: 10\r\n\r\nabc`)
    came.onData = undefined
    setImmediate(() => came.reset())
  },
  'a chunk size that is none': (came) =>
    came.send(`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`),
  'chunks that stop': (came) =>
    came.send(`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`).end(),
  'a chunk longer than it says': (came) =>
    came.send(`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n`),
}

for (const [what, send] of Object.entries(BROKEN)) {
  t.test(`garbage: ${what} never looks complete`, async (t) => {
    const { gateway, client, came } = await setup(t)
    send(came)
    await t.rejects(client.message(), 'no whole message comes')
    await client.ended()
    await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
    t.notMatch(client.unread, /\r\n0\r\n\r\n$/)
  })
}

t.test('garbage: bytes after the response belong to nobody', async (t) => {
  const { gateway, upstream, client, came } = await setup(t)
  came.send(`${OK}Content-Length: 2\r\n\r\nok${OK}Content-Length: 6\r\n\r\nstolen`)
  const first = await client.message()
  t.strictSame([first.status, first.body], [200, 'ok'])
  client.send('GET /second HTTP/1.1\r\nHost: app.test\r\n\r\n')
  const other = await upstream.accept()
  t.match((await other.head()).start, '/second', 'asked on another connection')
  other.send(`${OK}Content-Length: 4\r\n\r\nmine`)
  t.equal((await client.message()).body, 'mine')
  t.equal((await gateway.status()).inFlight, 0)
})

t.test('garbage: interim responses without end are one answer too many', async (t) => {
  const { gateway, client, came } = await setup(t)
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
  came.send(early.repeat(100_000))
  for (;;) {
    const { status } = await client.message()
    if (status === 103) continue
    t.equal(status, 502)
    break
  }
  await came.ended()
  t.equal((await gateway.status()).inFlight, 0)
  t.ok(client.received < 100_000, `a few of them went on: ${client.received} bytes`)
})

t.test('garbage: a field splits no head of an interim response either', async (t) => {
  const { client, came } = await setup(t)
  came.send('HTTP/1.1 103 Early Hints\r\nLink: a\rSet-Cookie: stolen=1\r\n\r\n')
  t.equal((await client.message()).status, 502)
})

t.test('garbage: a head that drips ends with timeouts.response', async (t) => {
  const { gateway, client, came } = await setup(t, { response: '200ms' })
  came.send(OK)
  const timer = setInterval(() => came.send('X-A: b\r\n'), 20)
  t.teardown(() => clearInterval(timer))
  t.equal((await client.message()).status, 504)
  await came.ended()
  t.equal((await gateway.status()).inFlight, 0)
})

t.test('garbage: a response that drips for ever ends with timeouts.request', async (t) => {
  const { gateway, client, came } = await setup(t, { request: '300ms' })
  came.send(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
  const timer = setInterval(() => came.send('1\r\nx\r\n'), 20)
  t.teardown(() => clearInterval(timer))
  t.equal((await client.head()).status, 200)
  await client.ended()
  await came.ended()
  await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
})

t.test('garbage: a response that stops ends with timeouts.idle', async (t) => {
  const { gateway, client, came } = await setup(t, { idle: '200ms' })
  came.send(`${OK}Content-Length: 100\r\n\r\nabc`)
  t.equal((await client.head()).status, 200)
  await client.ended()
  await came.ended()
  await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
})

t.test(
  'garbage: an app that never reads an upload takes bounded memory, and is given up',
  async (t) => {
    const upstream = await rawUpstream(t)
    const app = { upstream: `127.0.0.1:${upstream.port}`, timeouts: { idle: '500ms' } }
    const gateway = await defended(t, { text: { functions: { app } } })
    const client = await gateway.client()
    const size = 64_000_000
    client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${size}\r\n\r\n`)
    const came = await upstream.accept()
    came.pause()
    client.send(Buffer.alloc(size, 0x61))
    t.equal((await client.message()).status, 504)
    t.ok(client.unsent > 20_000_000, `most of it stayed with the client: ${client.unsent}`)
    await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
  },
)

t.test('garbage: what an app prints moves no cursor and makes no line of the log', async (t) => {
  const print =
    'printf "\\033[2J\\033]0;title\\007\\r{\\"msg\\":\\"forged\\"}\\n\\0\\n" >&2; sleep 60'
  const app = { command: ['/bin/sh', '-c', print] }
  const gateway = await defended(t, { text: { functions: { app } } })
  const client = await gateway.client()
  client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
  await gateway.log.until('output', 'app')
  const written = await gateway.written()
  t.notMatch(written.replaceAll('\n', ''), /\p{Cc}/u, 'no control but the end of a line')
  t.notMatch(written, /^\{"msg":"forged"/m)
})

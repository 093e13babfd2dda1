/** Clients that give a byte now and then to keep what they hold: heads that never end, bodies that never come, answers never read. */

import t from 'tap'

import { PATIENCE_MS } from '../support/event-log.ts'
import type { RawConnection } from '../support/raw-connection.ts'
import { rawUpstream } from '../support/raw-upstream.ts'
import { defended } from './defended.ts'

/** Between two bytes of a slow client. */
const DRIP_MS = 20

/** Sends the text byte by byte, without end, until the other side ends it; resolves with how that was. */
async function drip(client: RawConnection, text: string): Promise<string> {
  let sent = 0
  const timer = setInterval(() => {
    client.send(text.charAt(sent % text.length))
    sent += 1
  }, DRIP_MS)
  try {
    return await client.ended()
  } finally {
    clearInterval(timer)
    client.destroy()
  }
}

const short = { request: { headTimeout: '300ms', keepAlive: '300ms' } }

t.test(
  'slow clients: a head that drips is cut off, and others are answered meanwhile',
  async (t) => {
    const upstream = await rawUpstream(t)
    const functions = { app: { upstream: `127.0.0.1:${upstream.port}` } }
    const gateway = await defended(t, { text: { ...short, functions } })
    const slow = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = await gateway.client()
        client.send('GET / HTTP/1.1\r\nHost: app.test\r\n')
        return drip(client, 'X-A: b\r\n')
      }),
    )
    t.equal(slow.length, 50, 'all of them')
    t.equal(gateway.log.requests.filter((r) => r.error === 'REQUEST_TIMEOUT').length, 50)
    t.notOk(upstream.hasPending, 'the function heard of none')
  },
)

t.test(
  'slow clients: neither a first byte nor a second request may be waited for without end',
  async (t) => {
    const upstream = await rawUpstream(t)
    const functions = { app: { upstream: `127.0.0.1:${upstream.port}` } }
    const gateway = await defended(t, { text: { ...short, functions } })
    const silent = await gateway.client()
    await silent.ended()
    const kept = await gateway.client()
    kept.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
    const came = await upstream.accept()
    await came.head()
    came.send('HTTP/1.1 204 No Content\r\n\r\n')
    t.equal((await kept.message()).status, 204)
    await kept.ended()
  },
)

t.test('slow clients: the same on the admin listener', { timeout: PATIENCE_MS * 2 }, async (t) => {
  const gateway = await defended(t, { text: { functions: { app: { upstream: '127.0.0.1:1' } } } })
  const ends = await Promise.all([
    gateway.client(gateway.adminPort).then((client) => drip(client, 'X-A: b\r\n')),
    gateway.client(gateway.adminPort).then((client) => {
      client.send('POST /api/v1/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n')
      client.send(
        `Authorization: Bearer ${gateway.token}\r\nContent-Type: application/json\r\n\r\n`,
      )
      return drip(client, ' ')
    }),
    gateway.client(gateway.adminPort).then((client) => client.ended()),
  ])
  t.equal(ends.length, 3, 'a head, a body, nothing at all: each was ended')
  t.equal((await gateway.admin('/healthz')).status, 200)
})

t.test(
  'slow clients: as many connections to the admin listener as there may be, and it comes back',
  async (t) => {
    const gateway = await defended(t, { text: { functions: { app: { upstream: '127.0.0.1:1' } } } })
    const clients = await Promise.all(
      Array.from({ length: 100 }, () => gateway.client(gateway.adminPort)),
    )
    t.equal((await gateway.inside('/healthz')).status, 200, 'the socket has its own room')
    for (const client of clients) client.reset()
    for (;;) {
      const answer = await gateway.admin('/healthz').catch(() => undefined)
      if (answer?.status === 200) break
    }
    t.pass('answers again')
  },
)

t.test('slow clients: a body that stops coming gives its instance back', async (t) => {
  const upstream = await rawUpstream(t)
  const app = { upstream: `127.0.0.1:${upstream.port}`, timeouts: { idle: '200ms' } }
  const gateway = await defended(t, { text: { functions: { app } } })
  const client = await gateway.client()
  client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000\r\n\r\nabc')
  const came = await upstream.accept()
  t.equal((await client.message()).status, 408)
  await came.ended()
  await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
})

t.test('slow clients: a body that drips ends with timeouts.request', async (t) => {
  const upstream = await rawUpstream(t)
  const app = { upstream: `127.0.0.1:${upstream.port}`, timeouts: { request: '300ms' } }
  const gateway = await defended(t, { text: { functions: { app } } })
  const client = await gateway.client()
  client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100000\r\n\r\n')
  const came = await upstream.accept()
  await drip(client, 'x')
  await came.ended()
  await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
})

t.test(
  'slow clients: who does not read the answer does not fill the memory, and is let go',
  async (t) => {
    const upstream = await rawUpstream(t)
    const app = { upstream: `127.0.0.1:${upstream.port}`, timeouts: { idle: '500ms' } }
    const gateway = await defended(t, { text: { functions: { app } } })
    const client = await gateway.client()
    client.pause()
    client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
    const came = await upstream.accept()
    await came.head()
    came.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (let sent = 0; sent < 1_000; sent += 1) came.send(chunk)
    await came.ended()
    t.ok(came.unsent > 20_000_000, `the gateway left most of it with the function: ${came.unsent}`)
    await gateway.until('its lease back', ({ inFlight }) => inFlight === 0)
  },
)

t.test(
  'slow clients: requests without end on one connection are taken a few at a time',
  async (t) => {
    const upstream = await rawUpstream(t)
    const hold = { waiters: 10 }
    const app = { upstream: `127.0.0.1:${upstream.port}`, concurrency: 1, hold }
    const gateway = await defended(t, { text: { functions: { app } } })
    const client = await gateway.client()
    client.pause()
    const count = 500_000
    client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n'.repeat(count))
    const came = await upstream.accept()
    await came.head()
    const other = await gateway.status()
    t.ok(other.waiters <= hold.waiters, `held: ${other.waiters}`)
    t.equal((await gateway.inside('/healthz')).status, 200)
    t.ok(gateway.log.requests.length < count / 10, `refused so far: ${gateway.log.requests.length}`)
    t.ok(client.unsent > 5_000_000, 'the rest stayed with the client')
  },
)

/** Rows 30–32: clients that leave. */

import assert from 'node:assert/strict'

import { GET, HOST, row } from './row.ts'

row(30, 'a client that leaves while it is held leaves the queue', async (open) => {
  const { gateway, client, upstream } = await open.commanded({ asleep: true })
  client.send(GET)
  await gateway.held(1)
  client.reset()
  await gateway.held(0)
  gateway.wake()
  const { outcome, status } = await gateway.record(0)
  assert.deepEqual([outcome, status], ['gone', 0])
  assert.equal(upstream.accepted, 0)
})

row(30, 'a held client that closes its connection is not sent to the instance', async (open) => {
  const { gateway, client, upstream, connect } = await open.commanded({ asleep: true })
  client.send(GET)
  await gateway.held(1)
  client.destroy()
  await gateway.held(0)
  const other = await connect()
  other.send(GET)
  await gateway.held(1)
  gateway.wake()
  await (await upstream.accept()).message()
  assert.equal(upstream.accepted, 1)
})

row(30, 'a client that leaves before the instance is connected reaches nobody', async (open) => {
  const { gateway, client, upstream } = await open.commanded({ asleep: true })
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhe`)
  await gateway.held(1)
  client.reset()
  await gateway.held(0)
  assert.equal(upstream.accepted, 0)
})

row(
  31,
  'a client that leaves in the middle of its body takes the upstream request along',
  async (open) => {
    const { gateway, client, upstream } = await open()
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 50\r\n\r\nhalf`)
    const app = await upstream.accept()
    await app.through('half')
    client.reset()
    await app.ended()
    assert.equal((await gateway.record(0)).outcome, 'gone')
  },
)

row(
  31,
  'so does one in the middle of a chunked body, which does not look complete',
  async (open) => {
    const { client, upstream } = await open()
    client.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`)
    const app = await upstream.accept()
    await app.through('half')
    client.reset()
    await app.ended()
    assert.ok(!app.unread.includes('0\r\n\r\n'))
  },
)

row(31, 'the connection of such a request is not used again', async (open) => {
  const { client, upstream, connect } = await open()
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 50\r\n\r\nhalf`)
  const app = await upstream.accept()
  await app.through('half')
  client.reset()
  await app.ended()
  const other = await connect()
  other.send(GET)
  const next = await upstream.accept()
  assert.equal((await next.message()).start, 'GET / HTTP/1.1')
})

row(32, 'a client that leaves in the middle of a response stops the upstream', async (open) => {
  const { gateway, forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n')
  await client.through('hi')
  client.reset()
  await app.ended()
  assert.equal((await gateway.record(0)).outcome, 'gone')
})

row(
  32,
  'a client that leaves while a large response waits for it stops the upstream',
  async (open) => {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    client.pause()
    app.send(`HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n`).send('x'.repeat(16_000_000))
    client.destroy()
    await app.ended()
    assert.ok(app.unsent > 0, 'all of it was drained')
  },
)

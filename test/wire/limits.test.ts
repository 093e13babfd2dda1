/** Row 48: slow clients, full queues, starts that fail, hosts that are nobody's; and that nothing ends the process. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, names, row, values } from './row.ts'

row(48, 'a head that does not come in time is 408', async (open) => {
  const { client } = await open({ request: { headTimeout: '100ms' } })
  client.send(`GET / HTTP/1.1\r\n${HOST}`)
  const answer = await client.message()
  assert.equal(answer.status, 408)
  assert.ok(names(answer, 'connection').includes('close'))
  await client.ended()
})

row(
  48,
  'a body that does not come in time is 408, and the upstream request broken off',
  async (open) => {
    const { client, upstream } = await open({ function: { timeouts: { idle: '100ms' } } })
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhe`)
    const app = await upstream.accept()
    const answer = await client.message()
    assert.equal(answer.status, 408)
    assert.ok(names(answer, 'connection').includes('close'))
    await app.ended()
    await client.ended()
  },
)

row(48, 'a request has a limit in all', async (open) => {
  const { forwarded, client } = await open({ function: { timeouts: { request: '100ms' } } })
  const { app } = await forwarded(GET)
  const answer = await client.message()
  assert.equal(answer.status, 504)
  await app.ended()
})

row(48, 'a full queue is 503 with Retry-After', async (open) => {
  const { client } = await open.commanded({ refusal: { code: 'QUEUE_FULL', retryAfterMs: 1_500 } })
  client.send(GET)
  const answer = await client.message()
  assert.equal(answer.status, 503)
  assert.deepEqual(values(answer, 'retry-after'), ['2'])
})

row(48, 'a start that takes too long is 504', async (open) => {
  const { gateway, client } = await open.commanded({ asleep: true })
  client.send(GET)
  await gateway.held(1)
  gateway.refuse({ code: 'START_TIMEOUT', cause: 'secret detail' })
  const answer = await client.message()
  assert.equal(answer.status, 504)
  assert.ok(!answer.body.includes('secret'))
})

row(48, 'a start that fails is 502, without its cause', async (open) => {
  const { gateway, client } = await open.commanded({ asleep: true })
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`)
  await gateway.held(1)
  gateway.refuse({ code: 'START_FAILED', cause: 'secret detail' })
  const answer = await client.message()
  assert.equal(answer.status, 502)
  assert.ok(!answer.body.includes('secret'))
})

row(48, 'an authority that is nobody’s is 404 or 421, and wakes nobody', async (open) => {
  const { client, upstream } = await open()
  client.send('GET / HTTP/1.1\r\nHost: stranger.test\r\n\r\n')
  assert.ok([404, 421].includes((await client.message()).status))
  assert.equal(upstream.accepted, 0)
})

row(48, 'a held body is sent whole, once the instance is there', async (open) => {
  const { gateway, client, upstream } = await open.commanded({ asleep: true })
  const body = 'x'.repeat(100_000)
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`)
  await gateway.held(1)
  gateway.wake()
  const app = await upstream.accept()
  assert.equal((await app.message()).body, body)
  app.send(OK)
  assert.equal((await client.message()).status, 200)
})

row(48, 'clients that break off at any byte never end the process', async (open) => {
  const { connect, client, upstream } = await open()
  const request = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`
  for (let cut = 1; cut < request.length; cut += 1) {
    const other = await connect()
    other.send(request.slice(0, cut))
    if (cut % 2 === 0) other.reset()
    else other.end()
  }
  client.send(GET)
  for (;;) {
    const app = await upstream.accept()
    const start = await app.through('\r\n').catch(() => '')
    if (!start.startsWith('GET')) continue
    app.send(OK)
    break
  }
  assert.equal((await client.message()).status, 200)
})

row(48, 'upstreams that break off at any byte never end the process', async (open) => {
  const { client, upstream, connect } = await open()
  const answer =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n'
  for (let cut = 0; cut < answer.length; cut += 3) {
    for (const how of ['end', 'reset'] as const) {
      const other = await connect()
      other.send(GET)
      const app = await upstream.accept()
      await app.message()
      app.send(answer.slice(0, cut))
      await app.drained()
      app[how]()
      await other.head().catch(() => {})
      other.destroy()
    }
  }
  client.send(GET)
  const app = await upstream.accept()
  await app.message()
  app.send(OK)
  assert.equal((await client.message()).status, 200)
})

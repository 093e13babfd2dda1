/** Rows 27, 29: upgraded connections. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, row, values } from './row.ts'

const UPGRADE = `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a2V5\r\n\r\n`
const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n'

row(27, 'an upgrade is passed on, with what belongs to it', async (open) => {
  const { forwarded, client } = await open()
  const { asked, app } = await forwarded(UPGRADE)
  assert.deepEqual(values(asked, 'upgrade'), ['websocket'])
  assert.deepEqual(
    values(asked, 'connection').map((v) => v.toLowerCase()),
    ['upgrade'],
  )
  assert.deepEqual(values(asked, 'sec-websocket-key'), ['a2V5'])
  app.send(SWITCH)
  const answer = await client.head()
  assert.equal(answer.status, 101)
  assert.deepEqual(values(answer, 'upgrade'), ['websocket'])
  assert.deepEqual(
    values(answer, 'connection').map((v) => v.toLowerCase()),
    ['upgrade'],
  )
  assert.deepEqual(values(answer, 'sec-websocket-accept'), ['x'])
})

row(27, 'bytes right behind either head are not lost', async (open) => {
  const { client, upstream } = await open()
  client.send(`${UPGRADE}early-up`)
  const app = await upstream.accept()
  await app.head()
  app.send(`${SWITCH}early-down`)
  await client.head()
  assert.equal(await client.bytes(10), 'early-down')
  assert.equal(await app.bytes(8), 'early-up')
})

row(27, 'an answer other than 101 is a normal response', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(UPGRADE)
  app.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
  const answer = await client.message()
  assert.equal(answer.status, 403)
  assert.equal(answer.body, 'no')
})

row(27, 'Upgrade on POST, with a body, or in HTTP/1.0 is an ordinary request', async (open) => {
  for (const request of [
    `POST / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi`,
    `GET / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi`,
    `GET / HTTP/1.1\r\n${HOST}Upgrade: websocket\r\n\r\n`,
    `GET / HTTP/1.0\r\n${HOST}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
  ]) {
    const { forwarded, client } = await open()
    const { asked, app } = await forwarded(request)
    assert.deepEqual(values(asked, 'upgrade'), [], request)
    assert.equal(asked.body, request.endsWith('hi') ? 'hi' : '')
    app.send(OK)
    assert.equal((await client.message()).status, 200)
  }
})

row(29, 'a half-close passes through, in both directions', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(UPGRADE)
  app.send(SWITCH)
  await client.head()
  client.send('last').end()
  assert.equal(await app.through('last'), 'last')
  assert.equal(await app.ended(), 'fin')
  app.send('answer').end()
  assert.equal(await client.through('answer'), 'answer')
  assert.equal(await client.ended(), 'fin')
})

row(29, 'the upstream may half-close first', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(UPGRADE)
  app.send(SWITCH).end()
  await client.head()
  assert.equal(await client.ended(), 'fin')
  client.send('still here').end()
  assert.equal(await app.through('still here'), 'still here')
  assert.equal(await app.ended(), 'fin')
})

row(29, 'an error on either side ends both', async (open) => {
  for (const side of ['client', 'app'] as const) {
    const scene = await open()
    const { app } = await scene.forwarded(UPGRADE)
    app.send(SWITCH)
    await scene.client.head()
    const both = { client: scene.client, app }
    both[side].reset()
    await both[side === 'client' ? 'app' : 'client'].ended()
    const { outcome } = await scene.gateway.record(0)
    assert.equal(outcome, side === 'client' ? 'gone' : 'failed')
  }
})

row(29, 'a tunnel has an idle limit of its own', async (open) => {
  const { forwarded, client } = await open({ function: { timeouts: { tunnel: '50ms' } } })
  const { app } = await forwarded(UPGRADE)
  app.send(SWITCH)
  await client.head()
  await client.ended()
  await app.ended()
})

row(29, 'bytes of a tunnel count as activity', async (open) => {
  const { forwarded, client, gateway } = await open.commanded()
  const { app } = await forwarded(UPGRADE)
  app.send(SWITCH)
  await client.head()
  client.send('x')
  await app.bytes(1)
  assert.ok(gateway.touches >= 1)
})

row(29, 'a tunnel’s bytes are counted in its record', async (open) => {
  const { forwarded, client, gateway } = await open()
  const { app } = await forwarded(UPGRADE)
  app.send(`${SWITCH}12345`)
  await client.through('12345')
  client.send('123').end()
  await app.through('123')
  app.end()
  const record = await gateway.record(0)
  assert.equal(record.upgraded, true)
  assert.deepEqual([record.bytesIn, record.bytesOut], [3, 5])
})

row(
  27,
  'after a refused upgrade the connection serves the next request, or ends cleanly',
  async (open) => {
    const { forwarded, client, upstream } = await open()
    const { app } = await forwarded(UPGRADE)
    app.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
    const answer = await client.message()
    if (values(answer, 'connection').some((value) => /close/i.test(value))) {
      assert.equal(await client.ended(), 'fin')
      return
    }
    client.send(GET)
    const next = await Promise.race([upstream.accept(), app.head().then(() => app)])
    next.send(OK)
    assert.equal((await client.message()).status, 200)
  },
)

/** Rows 35–39: connections that carry more than one request, on either side. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, type Scene, names, row } from './row.ts'

const POST = `POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`
const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`

/** One exchange that leaves a connection behind. */
async function warm({ forwarded, client, gateway }: Scene) {
  const { app } = await forwarded(GET)
  app.send(OK)
  await client.message()
  await gateway.record(0)
  return app
}

row(35, 'a GET on a connection that dies is sent once more on a fresh one', async (open) => {
  const scene = await open()
  const app = await warm(scene)
  scene.client.send(GET)
  await app.message()
  app.end()
  const fresh = await scene.upstream.accept()
  await fresh.message()
  fresh.send(OK)
  assert.equal((await scene.client.message()).status, 200)
})

row(35, 'it is not sent a third time', async (open) => {
  const scene = await open()
  const app = await warm(scene)
  scene.client.send(GET)
  await app.message()
  app.end()
  const fresh = await scene.upstream.accept()
  await fresh.message()
  fresh.end()
  assert.equal((await scene.client.message()).status, 502)
  assert.equal(scene.upstream.accepted, 2)
})

row(35, 'a POST is never sent twice', async (open) => {
  const scene = await open()
  const app = await warm(scene)
  scene.client.send(POST)
  await app.message()
  app.end()
  assert.equal((await scene.client.message()).status, 502)
  assert.equal(scene.upstream.accepted, 1)
})

row(35, 'a GET that was answered in part is not sent again', async (open) => {
  const scene = await open()
  const app = await warm(scene)
  scene.client.send(GET)
  await app.message()
  app.send('HTTP/1.1 200 ').end()
  assert.equal((await scene.client.message()).status, 502)
  assert.equal(scene.upstream.accepted, 1)
})

row(36, 'a connection that the upstream closed while unused is not used again', async (open) => {
  const scene = await open()
  const app = await warm(scene)
  app.end()
  await app.ended()
  scene.client.send(POST)
  const fresh = await scene.upstream.accept()
  assert.equal((await fresh.message()).body, 'hi')
})

row(36, 'connections of a run that sleeps or is over are not used again', async (open) => {
  for (const which of ['idle', 'all'] as const) {
    const scene = await open.commanded()
    const app = await warm(scene)
    scene.gateway.sleep(which)
    await app.ended()
    scene.client.send(GET)
    await (await scene.upstream.accept()).message()
  }
})

row(36, 'what Keep-Alive promises bounds how long a connection is kept', async (open) => {
  const { answered, upstream, client } = await open()
  await answered('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nhi')
  client.send(GET)
  await (await upstream.accept()).message()
  assert.equal(upstream.accepted, 2)
})

row(36, 'Connection: close of the upstream is honoured', async (open) => {
  const { answered, upstream, client } = await open()
  await answered('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi')
  client.send(GET)
  await (await upstream.accept()).message()
})

row(37, 'pipelined requests are answered in order', async (open) => {
  const { client, upstream } = await open()
  client.send(get('/1') + get('/2') + get('/3'))
  const apps = []
  for (let i = 0; i < 3; i += 1) {
    const app = await upstream.accept()
    const { start } = await app.message()
    const path = start.split(' ')[1]
    apps.push({ app, path })
    // One after the other: the next one is asked for only now, or was already.
    if (upstream.accepted < i + 2 && i < 2) {
      app.send(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n${path}`)
    }
  }
  for (const { app, path } of apps.toReversed()) {
    app.send(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n${path}`)
  }
  for (const path of ['/1', '/2', '/3']) assert.equal((await client.message()).body, path)
})

row(37, 'rubbish behind a request is answered after the answer that is owed', async (open) => {
  const { client, upstream } = await open()
  client.send(`${GET}rubbish\r\n\r\n`)
  const app = await upstream.accept()
  await app.message()
  app.send(OK)
  assert.equal((await client.message()).body, 'hi')
  const refusal = await client.message()
  assert.equal(refusal.status, 400)
  await client.ended()
})

row(37, 'nothing behind rubbish is read', async (open) => {
  const { client, upstream } = await open()
  client.send(`${get('/1')}rubbish\r\n\r\n${get('/smuggled')}`)
  const app = await upstream.accept()
  await app.message()
  app.send(OK)
  await client.message()
  assert.equal((await client.message()).status, 400)
  await client.ended()
  assert.equal(upstream.accepted, 1)
})

row(37, 'nothing behind a request that ends the connection is read', async (open) => {
  const { client, upstream } = await open()
  client.send(`GET /1 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n${get('/2')}`)
  const app = await upstream.accept()
  await app.message()
  app.send(OK)
  assert.ok(names(await client.message(), 'connection').includes('close'))
  assert.equal(await client.ended(), 'fin')
  assert.equal(upstream.accepted, 1)
  assert.equal(app.unread, '')
})

row(38, 'after a framing error the rest is not read, and the answer arrives', async (open) => {
  for (const [head, rest] of [
    ['Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n'],
    ['Transfer-Encoding: gzip, chunked\r\n\r\n', '0\r\n\r\n'],
    ['Content-Length: x\r\n\r\n', ''],
    ['Transfer-Encoding: chunked\r\n\r\n', 'zz\r\n'],
  ] as const) {
    const { client, upstream } = await open()
    client.send(`POST / HTTP/1.1\r\n${HOST}${head}${rest}${get('/smuggled').repeat(200)}`)
    const answer = await client.message()
    assert.ok([400, 501].includes(answer.status), `${head}: ${answer.start}`)
    assert.ok(names(answer, 'connection').includes('close'))
    assert.equal(await client.ended(), 'fin')
    assert.equal(client.unread, '')
    assert.equal(upstream.accepted, 0, head)
  }
})

row(39, 'unasked bytes on an unused upstream connection end it', async (open) => {
  const scene = await open()
  const app = await warm(scene)
  app.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
  await app.ended()
  scene.client.send(GET)
  const fresh = await scene.upstream.accept()
  await fresh.message()
  fresh.send(OK)
  assert.equal((await scene.client.message()).body, 'hi')
})

row(39, 'two answers to one request do not answer the next one', async (open) => {
  const scene = await open()
  const { app } = await scene.forwarded(GET)
  app.send(OK + OK.replace('hi', 'no'))
  await scene.client.message()
  scene.client.send(GET)
  const fresh = await scene.upstream.accept()
  await fresh.message()
  fresh.send(OK)
  assert.equal((await scene.client.message()).body, 'hi')
})

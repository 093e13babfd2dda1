/** Rows 22–25, 34: HTTP/1.0 clients, 1xx, trailers, and answers that come before the request has ended. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, names, row, values } from './row.ts'

const GET_10 = `GET / HTTP/1.0\r\n${HOST}\r\n`
const PUT = `PUT / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n`
const EXPECT = `${PUT}Expect: 100-continue\r\n\r\n`

row(22, 'an HTTP/1.0 client gets no chunks, and its connection ends', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET_10)
  app.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n')
  const answer = await client.message()
  assert.deepEqual(values(answer, 'transfer-encoding'), [])
  assert.equal(answer.body, 'hi')
  assert.equal(await client.ended(), 'fin')
})

row(22, 'an HTTP/1.0 client may ask to keep its connection', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET_10.replace('\r\n\r\n', '\r\nConnection: keep-alive\r\n\r\n'))
  app.send(OK)
  const answer = await client.message()
  if (names(answer, 'connection').includes('keep-alive')) {
    client.send(GET_10)
    await app.message()
    app.send(OK)
    assert.equal((await client.message()).body, 'hi')
  }
  assert.equal(await client.ended(), 'fin')
})

row(22, 'an HTTP/1.0 client gets no 1xx', async (open) => {
  const { answered } = await open()
  const answer = await answered(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`, GET_10)
  assert.equal(answer.status, 200)
})

row(23, 'the body that waits for 100 flows when the instance is there', async (open) => {
  const { gateway, client, upstream } = await open.commanded({ asleep: true })
  client.send(EXPECT)
  await gateway.held(1)
  assert.equal(client.received, 0)
  gateway.wake()
  assert.equal((await client.message()).status, 100)
  client.send('hello')
  const app = await upstream.accept()
  const asked = await app.message()
  assert.equal(asked.body, 'hello')
  app.send(OK)
  assert.equal((await client.message()).status, 200)
})

row(23, 'a final answer may come without the body having been read', async (open) => {
  const { client, upstream } = await open()
  client.send(EXPECT)
  const app = await upstream.accept()
  await app.head()
  app.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
  let answer = await client.message()
  if (answer.status === 100) answer = await client.message()
  assert.equal(answer.status, 413)
})

row(23, 'an upstream’s own 100 is passed on, or swallowed', async (open) => {
  const { client, upstream } = await open()
  client.send(EXPECT)
  assert.equal((await client.message()).status, 100)
  client.send('hello')
  const app = await upstream.accept()
  await app.message()
  app.send(`HTTP/1.1 100 Continue\r\n\r\n${OK}`)
  let answer = await client.message()
  if (answer.status === 100) answer = await client.message()
  assert.equal(answer.status, 200)
})

row(23, 'another expectation is 417', async (open) => {
  const { client, upstream } = await open()
  client.send(`GET / HTTP/1.1\r\n${HOST}Expect: cookies\r\n\r\n`)
  assert.equal((await client.message()).status, 417)
  assert.equal(upstream.accepted, 0)
})

row(24, '1xx are relayed, any number', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 102 Processing\r\n\r\n')
  assert.equal((await client.message()).status, 102)
  for (const link of ['</a>; rel=preload', '</b>; rel=preload']) {
    app.send(`HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\nX-A: 1\r\n\r\n`)
    const hint = await client.message()
    assert.equal(hint.status, 103)
    assert.deepEqual(values(hint, 'link'), [link])
    assert.deepEqual(values(hint, 'x-a'), ['1'])
  }
  app.send(OK)
  assert.equal((await client.message()).status, 200)
})

row(24, 'a 101 that nobody asked for is 502', async (open) => {
  for (const fields of ['', 'Connection: upgrade\r\nUpgrade: websocket\r\n']) {
    const { answered } = await open()
    const answer = await answered(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`)
    assert.equal(answer.status, 502)
  }
})

row(24, 'a 101 to another protocol than asked for is 502', async (open) => {
  const { answered } = await open()
  const answer = await answered(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n',
    `GET / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
  )
  assert.equal(answer.status, 502)
})

row(
  25,
  'trailers of a response go on as trailers, and those of meaning are dropped',
  async (open) => {
    const { forwarded, client } = await open()
    const { app } = await forwarded(
      GET.replace('\r\n\r\n', '\r\nTE: trailers\r\nConnection: TE\r\n\r\n'),
    )
    app.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\n' +
        'X-Sum: 7\r\nAuthorization: x\r\nSet-Cookie: a=1\r\n\r\n',
    )
    const answer = await client.message()
    assert.deepEqual(values(answer, 'x-sum'), [])
    assert.deepEqual(answer.trailers, ['X-Sum: 7'])
  },
)

row(25, 'framing fields among the trailers of a response are not passed on', async (open) => {
  for (const field of ['Content-Length: 9', 'Transfer-Encoding: chunked', 'Host: x']) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    app.send(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${field}\r\n\r\n`,
    )
    await client.through('hi\r\n')
    // Dropped, or broken off with the response.
    const end = await client.through('\r\n\r\n').catch(() => client.ending)
    assert.ok(end === '0\r\n\r\n' || end === 'reset', `${field}: ${end}`)
  }
})

row(25, 'trailers of a request never become fields', async (open) => {
  const { client, upstream } = await open()
  client.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n`)
  const app = await upstream.accept()
  const head = await app.head()
  client.send('0\r\nX-T: 1\r\nAuthorization: x\r\n\r\n')
  const end = await app.through('\r\n0\r\n')
  assert.ok(!/x-t:|authorization:/i.test(head.lines.join('\n')))
  assert.ok(!/authorization:/i.test(end))
})

row(34, 'an early answer is relayed at once, and the connection closed', async (open) => {
  const { client, upstream } = await open()
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\n\r\n${'x'.repeat(1_000)}`)
  const app = await upstream.accept()
  await app.through('x'.repeat(1_000))
  app.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno')
  const answer = await client.message()
  assert.equal(answer.status, 413)
  assert.equal(answer.body, 'no')
  assert.ok(names(answer, 'connection').includes('close'))
  await app.ended()
  await client.ended()
})

row(34, 'an upstream that answers and hangs up is not masked by the failed write', async (open) => {
  const { client, upstream } = await open()
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 8000000\r\n\r\n${'x'.repeat(1_000)}`)
  const app = await upstream.accept()
  await app.head()
  app.pause()
  app.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
  client.send('x'.repeat(2_000_000))
  app.end()
  const answer = await client.message()
  assert.equal(answer.status, 413)
  assert.equal(answer.body, 'no')
})

row(34, 'an answer may come before the first byte of the body', async (open) => {
  const { client, upstream } = await open()
  client.send(`${PUT}\r\n`)
  const app = await upstream.accept()
  await app.head()
  app.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
  assert.equal((await client.message()).status, 401)
})

/** Rows 6, 10–12, 19–21, 33, 40 and 48 of responses: how one ends, and what must not pass for one. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, row, values } from './row.ts'

const POST = `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\n`

row(6, 'ambiguous lengths of a response are 502, and the connection is closed', async (open) => {
  for (const head of [
    'Content-Length: 2\r\nContent-Length: 3',
    'Content-Length: 2, 3',
    'Content-Length: +2',
    'Content-Length: -2',
    'Content-Length: 0x2',
    'Content-Length: 2\r\nTransfer-Encoding: chunked',
  ]) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    app.send(`HTTP/1.1 200 OK\r\n${head}\r\n\r\nhi`)
    assert.equal((await client.message()).status, 502, head)
    await app.ended()
  }
})

row(5, 'a response with another coding than chunked is 502', async (open) => {
  for (const coding of ['gzip, chunked', 'gzip', 'chunked, chunked', 'chunked, gzip']) {
    const { answered } = await open()
    const head = `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n`
    assert.equal((await answered(`${head}2\r\nhi\r\n0\r\n\r\n`)).status, 502, coding)
  }
})

row(10, 'obs-fold in a response is one space, or 502', async (open) => {
  const { answered } = await open()
  const answer = await answered('HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\nhi')
  if (answer.status !== 502) assert.match(values(answer, 'x-a')[0] ?? '', /^1 +2$/)
})

row(11, 'a bare LF, a bare CR and NUL in a response head are not passed on', async (open) => {
  for (const line of ['X-A: 1\nX-B: 2', 'X-A: 1\rX-B: 2', 'X-A: a\0b']) {
    const { answered } = await open()
    const answer = await answered(`HTTP/1.1 200 OK\r\n${line}\r\nContent-Length: 2\r\n\r\nhi`)
    assert.equal(answer.status, 502, JSON.stringify(line))
  }
})

row(12, 'space before the colon of a response field is 502, or stripped', async (open) => {
  const { answered } = await open()
  const answer = await answered('HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nhi')
  if (answer.status !== 502) assert.deepEqual(values(answer, 'x-a'), ['1'])
})

row(19, 'a request shorter than announced breaks off the upstream request', async (open) => {
  const { client, upstream } = await open()
  client.send(`${POST}ABC`)
  const app = await upstream.accept()
  await app.through('ABC')
  client.end()
  await app.ended()
  assert.equal(app.unread, '')
})

row(19, 'a response shorter than announced resets the client', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi').end()
  await client.through('hi')
  assert.equal(await client.ended(), 'reset')
})

row(19, 'a chunked response without its last chunk does not look complete', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n').end()
  await client.through('hi')
  await client.ended()
  assert.ok(!client.unread.includes('0\r\n\r\n'))
})

row(19, 'what follows a response is not the next one', async (open) => {
  const { forwarded, client, upstream } = await open()
  const { app } = await forwarded(GET)
  app.send(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`)
  assert.equal((await client.message()).body, 'hi')
  await app.ended()
  client.send(GET)
  const next = await upstream.accept()
  await next.message()
  next.send(OK)
  assert.equal((await client.message()).body, 'hi')
})

row(20, 'HEAD has no body, its Content-Length stays', async (open) => {
  const { answered, client } = await open()
  const answer = await answered(
    'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n',
    `HEAD / HTTP/1.1\r\n${HOST}\r\n`,
  )
  assert.deepEqual(values(answer, 'content-length'), ['7'])
  assert.equal(client.unread, '')
})

row(20, '204 and 304 have no body, the length that a 304 names stays', async (open) => {
  const none = await open()
  const { app } = await none.forwarded(GET)
  app.send('HTTP/1.1 204 No Content\r\n\r\n')
  const empty = await none.client.message()
  assert.equal(empty.status, 204)
  assert.deepEqual(values(empty, 'transfer-encoding'), [])
  const same = await open()
  const unchanged = await same.answered('HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n')
  assert.equal(unchanged.status, 304)
  assert.deepEqual(values(unchanged, 'content-length'), ['7'])
})

row(20, 'an upstream that sends a body where there is none loses the connection', async (open) => {
  for (const [request, answer] of [
    [`HEAD / HTTP/1.1\r\n${HOST}\r\n`, '200 OK\r\nContent-Length: 4\r\n\r\nevil'],
    [GET, '204 No Content\r\n\r\nevil'],
    [GET, '304 Not Modified\r\n\r\nevil'],
  ] as const) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(request)
    app.send(`HTTP/1.1 ${answer}`)
    await client.message('bodyless')
    await app.ended()
    assert.equal(client.unread, '')
  }
})

row(21, 'a response that ends with its connection goes on as chunked', async (open) => {
  for (const version of ['1.0', '1.1']) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    app.send(`HTTP/${version} 200 OK\r\n\r\nhello`).end()
    const answer = await client.message()
    assert.equal(answer.framing, 'chunked')
    assert.equal(answer.body, 'hello')
  }
})

row(21, 'such a response, broken off, does not look complete', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 200 OK\r\n\r\nhello')
  await client.through('hello')
  app.reset()
  await client.ended()
  assert.ok(!client.unread.includes('0\r\n\r\n'))
})

row(33, 'an upstream that ends before its head is 502', async (open) => {
  for (const how of ['end', 'reset'] as const) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    app[how]()
    assert.equal((await client.message()).status, 502, how)
  }
})

row(33, 'an upstream that refuses is 502', async (open) => {
  const { client, upstream } = await open()
  await upstream.close()
  client.send(GET)
  assert.equal((await client.message()).status, 502)
})

row(33, 'an upstream that does not answer in time is 504', async (open) => {
  const { forwarded, client } = await open({ function: { timeouts: { response: '50ms' } } })
  await forwarded(GET)
  assert.equal((await client.message()).status, 504)
})

row(33, 'an upstream that breaks after its head resets the client', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi')
  await client.through('hi')
  app.reset()
  assert.equal(await client.ended(), 'reset')
})

row(33, 'what is no HTTP is 502', async (open) => {
  for (const answer of [
    'SSH-2.0-x\r\n',
    'HTTP/1.1 abc\r\n\r\n',
    'HTTP/1.1 99 No\r\n\r\n',
    '\r\n\r\n\r\n',
  ]) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    app.send(answer).end()
    assert.equal((await client.message()).status, 502, answer)
  }
})

row(40, 'a response head that is too large is 502', async (open) => {
  for (const head of [`X: ${'y'.repeat(200_000)}`, 'X: y\r\n'.repeat(5_000).trim()]) {
    const { forwarded, client } = await open()
    const { app } = await forwarded(GET)
    app.send(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)
    assert.equal((await client.message()).status, 502)
  }
})

row(40, 'trailers of a response that are too large do not go on', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n')
  app.send(`X-T: ${'y'.repeat(200_000)}\r\n\r\n`)
  await client.through('hi\r\n')
  await client.ended()
  assert.ok(!client.unread.includes('yyy'))
})

row(48, 'a strange status line or field value never ends the process', async (open) => {
  for (const head of [
    '200 \xff',
    '200',
    '299 Weird',
    '200 OK\r\nX-A: \x7f',
    '999 No',
    '200 OK\r\n\xff: 1',
  ]) {
    const { forwarded, client, connect } = await open()
    const { app } = await forwarded(GET)
    app.send(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`)
    const { status } = await client.message()
    assert.ok(status === 502 || status === Number(head.slice(0, 3)), `${head}: ${status}`)
    const other = await connect()
    other.send('junk\r\n\r\n')
    assert.equal((await other.message()).status, 400)
  }
})

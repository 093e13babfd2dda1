/** Rows 4–6, 16–18: how long a request's body is, and that nobody can be made to see it otherwise. */

import assert from 'node:assert/strict'

import { HOST, names, row, values } from './row.ts'

const post = (...lines: string[]): string =>
  `POST / HTTP/1.1\r\n${HOST}${lines.map((line) => `${line}\r\n`).join('')}\r\n`

const CHUNKED = 'Transfer-Encoding: chunked'
const SMUGGLED = '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: hello.test\r\n\r\n'

row(4, 'Transfer-Encoding and Content-Length together are refused', async (open) => {
  for (const lines of [
    [CHUNKED, 'Content-Length: 5'],
    ['Content-Length: 5', CHUNKED],
    ['content-length: 5', 'Transfer-encoding: CHUNKED'],
  ]) {
    const { refused } = await open()
    await refused(post(...lines) + SMUGGLED, 400)
  }
})

row(5, 'a coding that does not end in one chunked is refused', async (open) => {
  for (const lines of [
    ['Transfer-Encoding: gzip'],
    ['Transfer-Encoding: chunked, gzip'],
    ['Transfer-Encoding: chunked, chunked'],
    [CHUNKED, CHUNKED],
    ['Transfer-Encoding: gzip, chunked'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding: \x0bchunked'],
    ['Transfer-Encoding: identity'],
  ]) {
    const { refused } = await open()
    await refused(post(...lines) + SMUGGLED, 400, 501)
  }
})

row(5, 'Transfer-Encoding in HTTP/1.0 is refused', async (open) => {
  const { refused } = await open()
  await refused(`POST / HTTP/1.0\r\n${HOST}${CHUNKED}\r\n\r\n${SMUGGLED}`, 400, 501)
})

row(6, 'a Content-Length that is not one plain number is refused', async (open) => {
  for (const value of ['+2', '-2', '0x2', '2 2', '', '2,3', '2a', '2.0', '1e1', '9'.repeat(30)]) {
    const { refused } = await open()
    await refused(`${post(`Content-Length: ${value}`)}hi`, 400)
  }
})

row(6, 'two different Content-Lengths are refused', async (open) => {
  const { refused } = await open()
  await refused(`${post('Content-Length: 2', 'Content-Length: 3')}hi`, 400)
})

row(6, 'two equal Content-Lengths are one, or refused', async (open) => {
  const { client, upstream } = await open()
  client.send(`${post('Content-Length: 2', 'Content-Length: 2')}hi`)
  const answer = client.message()
  const first = await Promise.race([answer, upstream.accept().then((app) => app.message())])
  if (first.status === 0) assert.deepEqual(values(first, 'content-length'), ['2'])
  else assert.equal(first.status, 400)
})

row(16, 'a chunked body is framed anew, extensions are left out', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(
    `${post(CHUNKED)}3;name=value;x="y"\r\nabc\r\n0002\r\nde\r\n000\r\n\r\n`,
  )
  assert.equal(asked.body, 'abcde')
  assert.ok(['chunked', 'length'].includes(asked.framing))
})

row(16, 'a bad chunk size is refused, or the upstream request broken off', async (open) => {
  for (const chunks of [
    '0x2\r\nhi',
    '2_\r\nhi',
    '+2\r\nhi',
    '-1\r\nhi',
    '\r\nhi',
    'g\r\nhi',
    ' 2\r\nhi',
  ]) {
    const { client, upstream } = await open()
    client.send(`${post(CHUNKED)}${chunks}\r\n0\r\n\r\n`)
    const answer = await client.message()
    assert.equal(answer.status, 400, chunks)
    await client.ended()
    if (upstream.hasPending) assert.ok(await endedUnfinished(upstream), chunks)
  }
})

row(16, 'a chunk size that overflows is refused', async (open) => {
  for (const size of ['f'.repeat(17), '1'.repeat(40)]) {
    const { client } = await open()
    client.send(`${post(CHUNKED)}${size}\r\nhi\r\n0\r\n\r\n`)
    assert.equal((await client.message()).status, 400, size)
    await client.ended()
  }
})

row(16, 'a chunk that does not end in CRLF is refused', async (open) => {
  for (const chunks of ['2\r\nhiXX0\r\n\r\n', '2\nhi\r\n0\r\n\r\n', '2\r\nhi\n0\r\n\r\n']) {
    const { client } = await open()
    client.send(post(CHUNKED) + chunks)
    assert.equal((await client.message()).status, 400, JSON.stringify(chunks))
    await client.ended()
  }
})

row(16, 'chunk extensions are bounded', async (open) => {
  const { client } = await open()
  client.send(`${post(CHUNKED)}1;${'x'.repeat(64 * 1024)}\r\na\r\n0\r\n\r\n`)
  const answer = await client.message()
  assert.ok([400, 413].includes(answer.status), answer.start)
  await client.ended()
})

row(17, 'a body on GET, HEAD, DELETE and OPTIONS keeps its framing', async (open) => {
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
    for (const [line, body] of [
      ['Content-Length: 5', 'GET /'],
      [CHUNKED, '5\r\nGET /\r\n0\r\n\r\n'],
    ] as const) {
      const { forwarded } = await open()
      const { asked, app } = await forwarded(
        `${method} / HTTP/1.1\r\n${HOST}${line}\r\n\r\n${body}`,
      )
      assert.equal(asked.start, `${method} / HTTP/1.1`)
      assert.equal(asked.body, 'GET /', `${method} ${line}`)
      assert.notEqual(asked.framing, 'none')
      assert.equal(app.unread, '')
    }
  }
})

row(18, 'a known length stays one', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(`${post('Content-Length: 5')}hello`)
  assert.deepEqual(values(asked, 'content-length'), ['5'])
  assert.deepEqual(values(asked, 'transfer-encoding'), [])
  assert.equal(asked.body, 'hello')
})

row(18, 'an unknown length becomes chunked', async (open) => {
  const { client, upstream } = await open()
  client.send(`${post(CHUNKED)}3\r\nabc\r\n`)
  const app = await upstream.accept()
  const head = await app.head()
  assert.deepEqual(names(head, 'transfer-encoding'), ['chunked'])
  assert.deepEqual(values(head, 'content-length'), [])
  client.send('0\r\n\r\n')
  await app.through('\r\n0\r\n\r\n')
})

row(18, 'neither length nor coding means no body', async (open) => {
  const { forwarded } = await open()
  const { asked, app } = await forwarded(`GET / HTTP/1.1\r\n${HOST}\r\n`)
  assert.equal(asked.framing, 'none')
  assert.equal(app.unread, '')
})

row(18, 'Content-Length: 0 on POST is kept', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(post('Content-Length: 0'))
  assert.deepEqual(values(asked, 'content-length'), ['0'])
})

/** The request on the next connection never came to its end. */
async function endedUnfinished(upstream: {
  accept(): Promise<{ ended(): Promise<string>; unread: string }>
}): Promise<boolean> {
  const app = await upstream.accept()
  await app.ended()
  return !app.unread.includes('\r\n0\r\n\r\n')
}

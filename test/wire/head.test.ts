/** Rows 7–15, 40, 41: the head of a request: what is accepted, what goes on unchanged, what is refused. */

import assert from 'node:assert/strict'
import { METHODS } from 'node:http'

import { GET, HOST, row, values } from './row.ts'

row(7, 'exactly one valid Host is needed', async (open) => {
  for (const hosts of [
    '',
    `${HOST}${HOST}`,
    `${HOST}host: other.test\r\n`,
    'Host: a b\r\n',
    'Host: a:1:2\r\n',
    'Host: hello.test/\r\n',
    'Host: user@hello.test\r\n',
    'Host: hello.test:port\r\n',
    'Host: [::1\r\n',
    'Host:\r\n',
  ]) {
    const { refused } = await open()
    await refused(`GET / HTTP/1.1\r\n${hosts}\r\n`, 400)
  }
})

row(8, 'absolute-form is accepted, and its authority replaces Host', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(
    'GET http://hello.test/a?b HTTP/1.1\r\nHost: other.test\r\n\r\n',
  )
  assert.equal(asked.start, 'GET /a?b HTTP/1.1')
  assert.deepEqual(values(asked, 'host'), ['hello.test'])
})

row(8, 'absolute-form without a path asks for the root', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(`GET http://hello.test HTTP/1.1\r\n${HOST}\r\n`)
  assert.equal(asked.start, 'GET / HTTP/1.1')
})

row(9, 'OPTIONS * goes on as it is', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`)
  assert.equal(asked.start, 'OPTIONS * HTTP/1.1')
})

row(9, '* is for OPTIONS only', async (open) => {
  const { refused } = await open()
  await refused(`GET * HTTP/1.1\r\n${HOST}\r\n`, 400)
})

row(9, 'CONNECT is refused, not routed', async (open) => {
  const { refused } = await open()
  await refused(`CONNECT hello.test:80 HTTP/1.1\r\nHost: hello.test:80\r\n\r\n`, 400, 405, 501)
})

row(9, 'TRACE is refused', async (open) => {
  const { client, upstream } = await open()
  client.send(`TRACE / HTTP/1.1\r\n${HOST}\r\n`)
  assert.ok([405, 501].includes((await client.message()).status))
  assert.equal(upstream.accepted, 0)
})

row(9, 'Max-Forwards of OPTIONS is counted down, and 0 is answered here', async (open) => {
  const { forwarded, connect, upstream } = await open()
  const { asked } = await forwarded(`OPTIONS / HTTP/1.1\r\n${HOST}Max-Forwards: 3\r\n\r\n`)
  assert.deepEqual(values(asked, 'max-forwards'), ['2'])
  const other = await connect()
  other.send(`OPTIONS / HTTP/1.1\r\n${HOST}Max-Forwards: 0\r\n\r\n`)
  assert.ok((await other.message()).status < 300)
  assert.equal(upstream.accepted, 1)
})

row(10, 'obs-fold in a request is refused', async (open) => {
  const { refused } = await open()
  await refused(`GET / HTTP/1.1\r\n${HOST}X-A: 1\r\n folded\r\n\r\n`, 400)
})

row(11, 'a bare LF, a bare CR and NUL are refused', async (open) => {
  for (const head of [
    `GET / HTTP/1.1\n${HOST}\r\n`,
    `GET / HTTP/1.1\r\nHost: hello.test\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}X-A: 1\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}X-A: a\rb\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`,
    `GET /\0 HTTP/1.1\r\n${HOST}\r\n`,
    `GET / HTTP/1.1\r\n${HOST}X-A: 1\r\n\n`,
  ]) {
    const { refused } = await open()
    await refused(head, 400, 505)
  }
})

row(12, 'space around a field name is refused', async (open) => {
  for (const head of [
    `GET / HTTP/1.1\r\n${HOST}X-A : 1\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}X-A\t: 1\r\n\r\n`,
    `GET / HTTP/1.1\r\n X-A: 1\r\n${HOST}\r\n`,
    `GET / HTTP/1.1\r\n${HOST}X A: 1\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}: 1\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}no-colon\r\n\r\n`,
  ]) {
    const { refused } = await open()
    await refused(head, 400)
  }
})

row(13, 'an empty line before the request is tolerated', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(`\r\n${GET}`)
  assert.equal(asked.start, 'GET / HTTP/1.1')
})

row(13, 'anything else before the request is refused', async (open) => {
  for (const junk of [' ', '\t\r\n', 'x\r\n', '\0']) {
    const { refused } = await open()
    await refused(junk + GET, 400, 405, 501)
  }
})

row(14, 'a version that is not HTTP/1.0 or HTTP/1.1 is refused', async (open) => {
  for (const version of [
    'HTTP/2.0',
    'HTTP/0.9',
    'HTTP/1.10',
    'http/1.1',
    'HTTP/1.2',
    'HTTPS/1.1',
    'HTTP/11',
  ]) {
    const { refused } = await open()
    await refused(`GET / ${version}\r\n${HOST}\r\n`, 400, 505)
  }
})

row(14, 'a request without version is refused', async (open) => {
  const { refused } = await open()
  await refused(`GET /\r\n${HOST}\r\n`, 400, 505)
})

row(14, 'the upstream always gets HTTP/1.1', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(`GET / HTTP/1.0\r\n${HOST}\r\n`)
  assert.equal(asked.start, 'GET / HTTP/1.1')
})

row(15, 'methods are case-sensitive, and those the parser knows go on', async (open) => {
  const known = METHODS.filter((m) => !['CONNECT', 'TRACE', 'HEAD'].includes(m))
  assert.ok(known.includes('PROPFIND'))
  for (const method of known) {
    const { forwarded } = await open()
    const { asked } = await forwarded(`${method} / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`)
    assert.equal(asked.start, `${method} / HTTP/1.1`)
  }
})

row(15, 'unknown methods go on untouched', async (open) => {
  for (const method of ['PING', 'get', 'X-!#$%&*+.^_`|~']) {
    const { forwarded } = await open()
    const { asked } = await forwarded(`${method} / HTTP/1.1\r\n${HOST}\r\n`)
    assert.equal(asked.start, `${method} / HTTP/1.1`)
  }
})

row(40, 'a header block that is too large is refused with 431', async (open) => {
  const { refused } = await open()
  await refused(`GET / HTTP/1.1\r\n${HOST}X-A: ${'x'.repeat(200_000)}\r\n\r\n`, 431)
})

row(40, 'too many fields are refused with 431, none is dropped in silence', async (open) => {
  const { refused } = await open({ request: { fieldsMax: 50 } })
  await refused(`GET / HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(60)}Authorization: a\r\n\r\n`, 431)
})

row(40, 'a target that is too long is refused with 414', async (open) => {
  const { refused } = await open({ request: { targetMax: '1KiB' } })
  await refused(`GET /${'x'.repeat(1_500)} HTTP/1.1\r\n${HOST}\r\n`, 414)
})

row(40, 'trailers of a request are bounded', async (open) => {
  const { client } = await open()
  client.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n`)
  client.send(`X-T: ${'x'.repeat(200_000)}\r\n\r\n`)
  assert.ok([400, 431].includes((await client.message()).status))
  await client.ended()
})

row(41, 'the bytes of a target go on unchanged', async (open) => {
  for (const target of [
    '/a//b/./c/../d',
    '/%2F%2e%2E/%7e%7E',
    '/a?b=?&c;d=e',
    '/?',
    '//double',
    '/raw|{}^`"<>\\',
    '/a/b;c=d?x=%00',
  ]) {
    const { forwarded } = await open()
    const { asked } = await forwarded(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`)
    assert.equal(asked.start, `GET ${target} HTTP/1.1`)
  }
})

row(41, 'bytes of a target above 0x7f go on unchanged', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(`GET /\xe9\xff HTTP/1.1\r\n${HOST}\r\n`)
  assert.equal(asked.start, 'GET /\xe9\xff HTTP/1.1')
})

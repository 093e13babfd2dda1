/** Rows 1–3, 26, 28, 42–46: which fields go on, which stay, and that none is touched that is not the gateway's. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, names, row, values } from './row.ts'

const HOP_BY_HOP = [
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'Upgrade: foo/2',
  'TE: gzip',
]

const get = (...lines: string[]): string =>
  `GET / HTTP/1.1\r\n${HOST}${lines.map((line) => `${line}\r\n`).join('')}\r\n`

const ok = (...lines: string[]): string =>
  `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}Content-Length: 2\r\n\r\nhi`

row(1, 'hop-by-hop fields of a request stay here', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(get('Connection: keep-alive', ...HOP_BY_HOP, 'X-On: 1'))
  for (const name of ['keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']) {
    assert.deepEqual(values(asked, name), [], name)
  }
  assert.deepEqual(values(asked, 'x-on'), ['1'])
})

row(1, 'hop-by-hop fields of a response stay here', async (open) => {
  const { answered } = await open()
  const answer = await answered(
    ok('Connection: keep-alive', ...HOP_BY_HOP, 'Trailer: X-Sum', 'X-On: 1'),
  )
  for (const name of ['proxy-connection', 'te', 'upgrade']) {
    assert.deepEqual(values(answer, name), [], name)
  }
  assert.ok(!values(answer, 'keep-alive').includes('timeout=5 '), 'keep-alive is our own')
  assert.deepEqual(values(answer, 'x-on'), ['1'])
})

row(2, 'fields named in Connection stay here, both ways', async (open) => {
  const { forwarded, client } = await open()
  const { asked, app } = await forwarded(get('Connection: X-Own, X-Two', 'X-Own: 1', 'x-two: 2'))
  assert.deepEqual([...values(asked, 'x-own'), ...values(asked, 'x-two')], [])
  app.send(ok('Connection: X-Mine', 'X-Mine: 1', 'X-On: 1'))
  const answer = await client.message()
  assert.deepEqual(values(answer, 'x-mine'), [])
  assert.deepEqual(values(answer, 'x-on'), ['1'])
})

row(2, 'Connection cannot take away what routing, framing and identity need', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(
    `POST / HTTP/1.1\r\n${HOST}Connection: Content-Length, Host, X-Forwarded-For, Authorization\r\n` +
      'Authorization: Basic eA==\r\nContent-Length: 2\r\n\r\nhi',
  )
  assert.equal(asked.body, 'hi')
  assert.deepEqual(values(asked, 'host'), ['hello.test'])
  assert.deepEqual(values(asked, 'authorization'), ['Basic eA=='])
  assert.equal(values(asked, 'x-forwarded-for').length, 1)
})

row(3, 'several and empty Connection fields, any case', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(
    get('Connection: x-A', 'cOnNection: , ,X-b ,', 'Connection:', 'X-A: 1', 'X-B: 2', 'X-C: 3'),
  )
  assert.deepEqual([...values(asked, 'x-a'), ...values(asked, 'x-b')], [])
  assert.deepEqual(values(asked, 'x-c'), ['3'])
})

row(26, 'TE: trailers is told anew, no other TE is', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(get('Connection: TE', 'TE: trailers, deflate;q=0.5'))
  assert.deepEqual(names(asked, 'te'), ['trailers'])
})

row(28, 'an upgrade to h2c is not passed on', async (open) => {
  const { forwarded, client } = await open()
  const { asked, app } = await forwarded(
    get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
  )
  assert.deepEqual([...values(asked, 'upgrade'), ...values(asked, 'http2-settings')], [])
  app.send(OK)
  assert.equal((await client.message()).body, 'hi')
})

row(42, 'repeated fields of a request keep order, number and case', async (open) => {
  const { forwarded } = await open()
  const lines = ['X-b: 1', 'X-A: 2', 'x-B: 3', 'Cookie: a=1; b=2', 'Cookie: c', 'X-A:']
  const { asked } = await forwarded(get(...lines))
  assert.deepEqual(
    asked.lines.filter((line) => /^(x-[ab]|cookie):/i.test(line)).map((line) => line.trim()),
    lines,
  )
})

row(42, 'repeated fields of a response keep order, number and case', async (open) => {
  const { answered } = await open()
  const lines = [
    'set-Cookie: a=1; Path=/',
    'X-A: 1',
    'Set-Cookie: b, c',
    'X-A: 2',
    'Vary: a',
    'Vary: b',
  ]
  const answer = await answered(ok(...lines))
  assert.deepEqual(
    answer.lines.filter((line) => /^(x-a|set-cookie|vary):/i.test(line)),
    lines,
  )
})

row(42, 'bytes 0x80 to 0xff of field values survive both ways', async (open) => {
  const { forwarded, client } = await open()
  const { asked, app } = await forwarded(get('X-Obs: \x80\xe9\xff'))
  assert.deepEqual(values(asked, 'x-obs'), ['\x80\xe9\xff'])
  app.send(ok('X-Obs: \xff\xe9\x80'))
  assert.deepEqual(values(await client.message(), 'x-obs'), ['\xff\xe9\x80'])
})

row(43, 'Via is added to requests', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(get('Via: 1.0 before'))
  const via = names(asked, 'via')
  assert.equal(via[0], '1.0 before')
  assert.match(via[1] ?? '', /^1\.1 \S+$/)
})

row(43, 'Date comes only if it is missing, Server stays, nothing is advertised', async (open) => {
  const { answered } = await open()
  const date = 'Tue, 15 Nov 1994 08:12:31 GMT'
  const kept = await answered(ok(`Date: ${date}`, 'Server: app/1'))
  assert.deepEqual(values(kept, 'date'), [date])
  assert.deepEqual(values(kept, 'server'), ['app/1'])
  assert.deepEqual(values(kept, 'x-powered-by'), [])
  const other = await open()
  const made = await other.answered(ok())
  assert.equal(values(made, 'date').length, 1)
  assert.deepEqual(values(made, 'server'), [])
})

row(44, 'what an untrusted peer claims about its way is overwritten', async (open) => {
  const { forwarded } = await open()
  const { asked } = await forwarded(
    get(
      'X-Forwarded-For: 1.2.3.4',
      'x-forwarded-for: 5.6.7.8',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.test',
      'Forwarded: for=1.2.3.4',
      'X_Forwarded_For: 1.2.3.4',
    ),
  )
  assert.deepEqual(values(asked, 'x-forwarded-for'), ['127.0.0.1'])
  assert.deepEqual(values(asked, 'x-forwarded-proto'), ['http'])
  assert.deepEqual(values(asked, 'x-forwarded-host'), ['hello.test'])
  assert.equal(values(asked, 'forwarded').length, 1)
  assert.match(values(asked, 'forwarded')[0] ?? '', /^for=127\.0\.0\.1\b/)
  assert.deepEqual(values(asked, 'x_forwarded_for'), [])
})

row(44, 'what a trusted peer claims is appended to', async (open) => {
  const { forwarded } = await open({ trustedProxies: ['127.0.0.1'] })
  const { asked } = await forwarded(
    get('X-Forwarded-For: 2001:db8::1, 192.0.2.7', 'X-Forwarded-Proto: https'),
  )
  assert.deepEqual(values(asked, 'x-forwarded-for'), ['2001:db8::1, 192.0.2.7, 127.0.0.1'])
  assert.deepEqual(values(asked, 'x-forwarded-proto'), ['https'])
  assert.match(values(asked, 'forwarded')[0] ?? '', /for="\[2001:db8::1\]"/)
})

row(45, 'proxy authentication is the gateway’s, Authorization goes on', async (open) => {
  const { forwarded, client } = await open()
  const { asked, app } = await forwarded(
    get('Proxy-Authorization: Basic cA==', 'Authorization: Basic YQ=='),
  )
  assert.deepEqual(values(asked, 'proxy-authorization'), [])
  assert.deepEqual(values(asked, 'authorization'), ['Basic YQ=='])
  app.send(ok('Proxy-Authenticate: Basic', 'WWW-Authenticate: Basic'))
  const answer = await client.message()
  assert.equal(answer.status, 200)
  assert.deepEqual(values(answer, 'proxy-authenticate'), [])
  assert.deepEqual(values(answer, 'www-authenticate'), ['Basic'])
})

row(46, 'ranges, conditions and codings are not touched', async (open) => {
  const { forwarded, client } = await open()
  const lines = ['Range: bytes=0-1', 'If-None-Match: "a"', 'If-Range: "a"', 'Accept-Encoding: br']
  const { asked, app } = await forwarded(get(...lines))
  for (const line of lines) assert.ok(asked.lines.includes(line), line)
  const body = '\x1f\x8b'
  app.send(
    'HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\nETag: W/"x"\r\n' +
      `Content-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n${body}`,
  )
  const answer = await client.message()
  assert.equal(answer.status, 206)
  assert.equal(answer.body, body)
  assert.deepEqual(values(answer, 'content-encoding'), ['gzip'])
  assert.deepEqual(values(answer, 'etag'), ['W/"x"'])
  assert.deepEqual(values(answer, 'content-range'), ['bytes 0-1/9'])
})

row(3, 'Connection: close among other members ends the connection', async (open) => {
  const { answered, client } = await open()
  const answer = await answered(OK, GET.replace('\r\n\r\n', '\r\nConnection: x, ClOsE\r\n\r\n'))
  assert.equal(answer.body, 'hi')
  assert.equal(await client.ended(), 'fin')
})

/** A warm request is relayed as bytes, a held one goes the general way: both must say the same to both sides. */

import t from 'tap'

import { miniGateway } from '../support/mini-gateway.ts'
import { rawClient } from '../support/raw-client.ts'
import { rawUpstream } from '../support/raw-upstream.ts'

const REQUESTS: readonly string[] = [
  'GET /a?b HTTP/1.1\r\nHost: hello.test\r\nAccept: */*\r\nX-A: 1\r\nX-A: \xe4\r\n\r\n',
  'GET / HTTP/1.0\r\nHost: hello.test\r\n\r\n',
  'GET http://hello.test:81/x HTTP/1.1\r\nHost: b\r\n\r\n',
  'DELETE /%2F//../x HTTP/1.1\r\nHost: Hello.test.\r\nConnection: keep-alive\r\nKeep-Alive: 1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\nx_forwarded_for: 1\r\ncontent_length: 5\r\nuser_agent: x\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\nProxy: x\r\nProxy-Authorization: x\r\nProxy-Connection: close\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\nConnection: x-a, authorization\r\nX-A: 1\r\nAuthorization: b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\nTE: trailers, gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\ntraceparent: rubbish\r\ntracestate: a=b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: hello.test\r\nMax-Forwards: 3\r\nVia: 1.1 x\r\nCookie: a\r\nCookie: b\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: hello.test\r\nMax-Forwards: 3\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: 0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: 003\r\n\r\nabc',
  'PUT / HTTP/1.1\r\nHost: hello.test\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: x\r\n\r\n',
]

const RESPONSES: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: \xe4\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nhi',
  'HTTP/1.1 200 \r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: x\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 404 Gone fishing\r\nConnection: x-a, date\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\nProxy-Authenticate: x\r\n\r\n2\r\nhi\r\n0\r\nT: x\r\nHost: b\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\nTrailer: T\r\nContent-Length: 2\r\n\r\nhi',
]

/** Without what is new in each request, sorted: order between the two ways differs in what the gateway adds. */
const essence = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => !/^(?:x-request-id|date):/i.test(line))
    .map((line) => line.replace(/coldfront-[0-9a-f]+/, 'coldfront'))
    .map((line) => line.replace(/^traceparent: 00-(?!0af7).*(..)$/i, 'traceparent: new $1'))
    .map((line) => line.replace(/^(traceparent: 00-0af7\w+)-(?!b7ad)\w+/i, '$1-child'))
    .map((line) => line.replace(/^(X-Forwarded-Port): .*/, '$1: port'))
    .map((line) => line.replace(/^([^:]+):/, (name) => name.toLowerCase()))
    .sort()

/** Sends a request warm, or held and then woken; gives what the upstream and the client got. */
async function pass(
  t: Parameters<typeof rawUpstream>[0],
  way: 'warm' | 'held',
  texts: [string, string],
  sample?: number,
) {
  const [request, response] = texts
  const upstream = await rawUpstream(t)
  const gateway = await miniGateway(t, {
    endpoint: upstream.endpoint,
    ...(sample !== undefined && { sample }),
  })
  const client = await rawClient(t, gateway.port)
  // A relay needs a connection for a body: this one is it.
  client.send('GET /first HTTP/1.1\r\nHost: hello.test\r\n\r\n')
  const app = await upstream.accept()
  await app.message()
  app.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  await client.message()
  if (way === 'held') gateway.fallAsleep()
  client.send(request)
  if (way === 'held') {
    await gateway.held(1)
    gateway.wake()
  }
  const asked = await app.message()
  app.send(response)
  const interim = response.includes(' 103 ') ? [(await client.message()).lines] : []
  const got = await client.message()
  return {
    asked: {
      start: asked.start,
      lines: essence(asked.lines),
      body: asked.body,
      trailers: asked.trailers,
    },
    got: {
      status: got.status,
      lines: essence(got.lines),
      body: got.body,
      trailers: got.trailers,
      interim,
    },
  }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const GET = 'GET / HTTP/1.1\r\nHost: hello.test\r\n\r\n'

t.test('relay: a request reaches the function as it does on the general way', async (t) => {
  for (const request of REQUESTS) {
    const warm = await pass(t, 'warm', [request, OK])
    t.same(warm, await pass(t, 'held', [request, OK]), JSON.stringify(request))
  }
})

t.test('relay: a response reaches the client as it does on the general way', async (t) => {
  for (const response of RESPONSES) {
    const warm = await pass(t, 'warm', [GET, response])
    t.same(warm, await pass(t, 'held', [GET, response]), JSON.stringify(response))
  }
})

t.test('relay: a traced request goes on in its trace as it does on the general way', async (t) => {
  const parent = (flags: string) =>
    `traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}\r\n`
  const cases: [fields: string, sample: number, told: string][] = [
    ['', 1, 'new 01'],
    ['', 0, 'new 00'],
    [parent('00'), 1, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'],
    [parent('01'), 0, '00-0af7651916cd43dd8448eb211c80319c-child-01'],
    [parent('03'), 0, '00-0af7651916cd43dd8448eb211c80319c-child-01'],
  ]
  for (const [fields, sample, told] of cases) {
    const request = `GET / HTTP/1.1\r\nHost: hello.test\r\n${fields}\r\n`
    const warm = await pass(t, 'warm', [request, OK], sample)
    t.same(warm, await pass(t, 'held', [request, OK], sample), JSON.stringify(request))
    t.strictSame(
      warm.asked.lines.filter((line) => line.startsWith('traceparent')),
      [`traceparent: ${told}`],
    )
  }
})

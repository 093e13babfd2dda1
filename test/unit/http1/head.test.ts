/** The rules of RFC 9112 for heads, one by one: what is accepted, what it means, what is refused and how. */

import t from 'tap'

import { OPTION, isUpgrade } from '../../../src/http1/record.ts'
import { LIMITS, meaning, readRequest, readResponse } from '../../support/wire-heads.ts'

const get = (...lines: string[]): string =>
  ['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n')

const REFUSED: readonly (readonly [rule: string, request: string, code: string])[] = [
  // §2.2
  ['a bare LF ends no line', 'GET / HTTP/1.1\nHost: a\n\n', 'BAD_REQUEST'],
  ['a bare LF after a field', 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n', 'BAD_REQUEST'],
  ['a bare CR in a value', get('X: a\rb'), 'BAD_REQUEST'],
  ['NUL in a value', get('X: a\0b'), 'BAD_REQUEST'],
  ['a control byte in a value', get('X: a\x01b'), 'BAD_REQUEST'],
  ['DEL in a value', get('X: a\x7fb'), 'BAD_REQUEST'],
  ['a lone LF in front', '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['space in front', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['space before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 'BAD_REQUEST'],
  // §2.3
  ['HTTP/0.9', 'GET /\r\n\r\n', 'BAD_REQUEST'],
  ['lower-case http', 'GET / http/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['two digits', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['another letter', 'GET / HTTQ/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'VERSION_UNSUPPORTED'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 'VERSION_UNSUPPORTED'],
  ['HTTP/0.9 by name', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', 'VERSION_UNSUPPORTED'],
  // §3
  ['two spaces', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['a tab for a space', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['a space at the end', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['a method without end', `${'A'.repeat(33)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 'METHOD_UNSUPPORTED'],
  ['a start line cut short', 'GET / HT\r\n\r\n', 'BAD_REQUEST'],
  // §3.2
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'BAD_HOST'],
  ['two Hosts', get('Host: a'), 'BAD_HOST'],
  ['a list of hosts', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 'BAD_HOST'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 'BAD_HOST'],
  ['two ports', 'GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n', 'BAD_HOST'],
  ['a port of six digits', 'GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n', 'BAD_HOST'],
  ['user information', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 'BAD_HOST'],
  ['a path in Host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 'BAD_HOST'],
  ['an open bracket', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', 'BAD_HOST'],
  ['empty brackets', 'GET / HTTP/1.1\r\nHost: []\r\n\r\n', 'BAD_HOST'],
  ['a percent-encoded host', 'GET / HTTP/1.1\r\nHost: a%2eb\r\n\r\n', 'BAD_HOST'],
  [
    'an absolute-form with a bad Host beside it',
    'GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n',
    'BAD_HOST',
  ],
  ['an absolute-form without authority', 'GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_HOST'],
  ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['no form at all', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['* with GET', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 'METHOD_UNSUPPORTED'],
  ['a control byte in the target', 'GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  // §5.1, §5.2
  ['a space before the colon', get('X : b'), 'BAD_REQUEST'],
  ['a tab before the colon', get('X\t: b'), 'BAD_REQUEST'],
  ['a folded line', get('X: a', ' b'), 'BAD_REQUEST'],
  ['a name that is empty', get(': b'), 'BAD_REQUEST'],
  ['a line without a colon', get('X'), 'BAD_REQUEST'],
  ['a name beyond ASCII', get('X\xe4: b'), 'BAD_REQUEST'],
  // §6
  ['two equal lengths', get('Content-Length: 5', 'Content-Length: 5'), 'BAD_FRAMING'],
  ['two different lengths', get('Content-Length: 5', 'Content-Length: 6'), 'BAD_FRAMING'],
  ['a list of lengths', get('Content-Length: 5, 5'), 'BAD_FRAMING'],
  ['a signed length', get('Content-Length: +5'), 'BAD_FRAMING'],
  ['a negative length', get('Content-Length: -5'), 'BAD_FRAMING'],
  ['a hexadecimal length', get('Content-Length: 0x5'), 'BAD_FRAMING'],
  ['an empty length', get('Content-Length:'), 'BAD_FRAMING'],
  ['a length with a space in it', get('Content-Length: 1 2'), 'BAD_FRAMING'],
  ['a length beyond 2^53', get(`Content-Length: ${'9'.repeat(16)}`), 'BAD_FRAMING'],
  ['a coding and a length', get('Transfer-Encoding: chunked', 'Content-Length: 5'), 'BAD_FRAMING'],
  ['a length and a coding', get('Content-Length: 5', 'Transfer-Encoding: chunked'), 'BAD_FRAMING'],
  ['chunked twice', get('Transfer-Encoding: chunked, chunked'), 'BAD_FRAMING'],
  [
    'chunked in two fields',
    get('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
    'BAD_FRAMING',
  ],
  ['chunked not last', get('Transfer-Encoding: chunked, gzip'), 'BAD_FRAMING'],
  ['an unknown coding alone', get('Transfer-Encoding: gzip'), 'BAD_FRAMING'],
  ['identity', get('Transfer-Encoding: identity'), 'BAD_FRAMING'],
  ['an empty coding', get('Transfer-Encoding:'), 'BAD_FRAMING'],
  ['chunked with a parameter', get('Transfer-Encoding: chunked;q=1'), 'BAD_FRAMING'],
  ['chunked with a vertical tab', get('Transfer-Encoding: \x0bchunked'), 'BAD_REQUEST'],
  [
    'an unknown coding before chunked',
    get('Transfer-Encoding: gzip, chunked'),
    'METHOD_UNSUPPORTED',
  ],
  [
    'chunked in 1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    'BAD_FRAMING',
  ],
  // RFC 9110 §7.6.1, §10.1.1
  ['Connection that is no list of tokens', get('Connection: close; x'), 'BAD_REQUEST'],
  ['an unknown expectation', get('Expect: wonders'), 'EXPECTATION_FAILED'],
  ['two expectations', get('Expect: 100-continue', 'Expect: 100-continue'), 'EXPECTATION_FAILED'],
]

t.test('head: what is ambiguous or malformed is refused', async (t) => {
  for (const [rule, request, code] of REFUSED) {
    t.match(readRequest(request), { k: 'refused', code }, rule)
  }
})

t.test('head: limits have their own statuses', async (t) => {
  const long = { ...LIMITS, headMax: 100, targetMax: 50, fieldsMax: 3 }
  const check = (request: string, code: string, what: string) =>
    t.match(readRequest(request, long), { k: 'refused', code }, what)
  check(get(`X: ${'a'.repeat(100)}`), 'HEAD_TOO_LARGE', 'a long field')
  check(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(200)}`, 'HEAD_TOO_LARGE', 'a field without end')
  check(get('A: 1', 'B: 2', 'C: 3'), 'HEAD_TOO_LARGE', 'four fields')
  check(`GET /${'a'.repeat(60)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'TARGET_TOO_LONG', 'a long target')
  check(`GET /${'a'.repeat(300)}`, 'TARGET_TOO_LONG', 'a target without end')
  t.match(readRequest(get('A: 1', 'B: 2'), long), { k: 'head' }, 'three fields')
})

t.test('head: the forms of a target and the authority that counts', async (t) => {
  const cases = [
    ['GET /a?b=c HTTP/1.1', 'Host: A.Test:81', '/a?b=c', 'a.test', 'A.Test:81'],
    ['GET http://B.test:8080/x HTTP/1.1', 'Host: a', '/x', 'b.test', 'B.test:8080'],
    ['GET HTTPS://b.test?q HTTP/1.1', 'Host: a', '/?q', 'b.test', 'b.test'],
    ['GET http://b.test HTTP/1.1', 'Host: a', '/', 'b.test', 'b.test'],
    ['OPTIONS http://b.test HTTP/1.1', 'Host: a', '*', 'b.test', 'b.test'],
    ['OPTIONS * HTTP/1.1', 'Host: a.', '*', 'a', 'a.'],
    ['GET //a/../%2e%2E/;x|{} HTTP/1.1', 'Host: a', '//a/../%2e%2E/;x|{}', 'a', 'a'],
    ['GET /\xe4"<> HTTP/1.1', 'Host: [::1]:80', '/\xe4"<>', '[::1]', '[::1]:80'],
    ['GET / HTTP/1.1', 'Host: a:', '/', 'a', 'a:'],
  ] as const
  for (const [line, host, target, name, authority] of cases) {
    for (const lines of [`${host}\r\nX: 1`, `X: 1\r\n${host}`]) {
      const read = readRequest(`${line}\r\n${lines}\r\n\r\n`)
      if (read.k !== 'head') return t.fail(`${line}: ${JSON.stringify(read)}`)
      t.match(meaning(read.head), { target, host: name, authority }, line)
    }
  }
})

t.test('head: what a request means', async (t) => {
  const cases: readonly (readonly [request: string, meaning: object])[] = [
    [get(), { method: 'GET', minor: 1, contentLength: -1, chunked: false, persistent: true }],
    [get('Connection: close'), { persistent: false, options: OPTION.close }],
    [get('Connection: , ,Keep-Alive , x-A,'), { persistent: true, options: OPTION.keepAlive }],
    [get('Connection: keep-alive', 'Connection: CLOSE'), { persistent: false }],
    ['GET / HTTP/1.0\r\n\r\n', { persistent: false, host: '' }],
    ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', { persistent: true }],
    ['GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n', { expectsContinue: false }],
    [get('Expect: 100-Continue'), { expectsContinue: true }],
    [get('Content-Length: 0'), { contentLength: 0 }],
    [get('content-length:\t 12 \t'), { contentLength: 12 }],
    [get('Transfer-Encoding: CHUNKED'), { chunked: true }],
    ['\r\n\r\nBREW /pot HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'BREW', target: '/pot' }],
    ['get / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'get' }],
    [get('X:', 'x: \xe4 b\t'), { fields: ['Host', 'a', 'X', '', 'x', '\xe4 b'] }],
  ]
  for (const [request, expected] of cases) {
    const read = readRequest(request)
    if (read.k !== 'head') return t.fail(`${request}: ${JSON.stringify(read)}`)
    t.match(meaning(read.head), expected, JSON.stringify(request))
  }
})

t.test('head: which requests may be upgraded', async (t) => {
  const offer = ['Connection: keep-alive, Upgrade', 'Upgrade: websocket']
  const cases: readonly (readonly [request: string, upgrade: boolean])[] = [
    [get(...offer), true],
    [get(...offer, 'Content-Length: 0'), true],
    [get(...offer, 'Content-Length: 1'), false],
    [get(...offer, 'Upgrade: x'), false],
    [get('Upgrade: websocket'), false],
    [get('Connection: Upgrade'), false],
    [get('Connection: Upgrade', 'Upgrade: H2C'), false],
    [get(...offer).replace('GET', 'POST'), false],
    [get(...offer).replace('1.1', '1.0'), false],
  ]
  for (const [request, upgrade] of cases) {
    const read = readRequest(request)
    if (read.k !== 'head') return t.fail(JSON.stringify(read))
    t.equal(isUpgrade(read.head), upgrade, JSON.stringify(request))
  }
})

t.test('head: names in Connection are found, whatever their case', async (t) => {
  const read = readRequest(get('Connection: X_One, x-two', 'x_one: 1', 'X-Two: 2', 'X-Three: 3'))
  if (read.k !== 'head') return t.fail(JSON.stringify(read))
  const named = [0, 1, 2, 3, 4].map((i) => read.head.isNominated(i))
  t.same(named, [false, false, true, true, false])
})

t.test('head: responses', async (t) => {
  const accepted: readonly (readonly [response: string, meaning: object])[] = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', { status: 200, contentLength: 2 }],
    ['HTTP/1.0 204 \r\n\r\n', { status: 204, persistent: false }],
    ['HTTP/1.1 200\r\n\r\n', { status: 200, persistent: true }],
    ['HTTP/1.1 200 \xe4\t!\r\nConnection: close\r\n\r\n', { persistent: false }],
    ['HTTP/1.1 999 Odd\r\nTransfer-Encoding: chunked\r\n\r\n', { status: 999, chunked: true }],
  ]
  for (const [response, expected] of accepted) {
    const read = readResponse(response)
    if (read.k !== 'head') return t.fail(`${response}: ${JSON.stringify(read)}`)
    t.match(meaning(read.head), expected, JSON.stringify(response))
  }
  const refused = [
    'SSH-2.0',
    'HTTP/2.0 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 099 OK\r\n\r\n',
    'HTTP/1.1  200 OK\r\n\r\n',
    'HTTP/1.1 200 O\0K\r\n\r\n',
    'HTTP/1.1 200 OK\nX: y\n\n',
    '\r\nHTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
  ]
  for (const response of refused) {
    t.match(
      readResponse(response),
      { k: 'refused', code: 'UPSTREAM_INVALID' },
      JSON.stringify(response),
    )
  }
})

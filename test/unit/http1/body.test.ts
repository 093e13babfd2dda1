/** Where a body ends: RFC 9112 §6 and §7, rule by rule. */

import t from 'tap'

import { chunkHead, hasNoBody, lastChunk, responseFraming } from '../../../src/http1/body.ts'
import { readBody } from '../../support/wire-body.ts'
import { readResponse } from '../../support/wire-heads.ts'

const chunked = (text: string) => readBody({ framing: 'chunked' }, [text])

t.test('body: a length takes exactly that many bytes', async (t) => {
  const framed = { framing: 'length', length: 3 } as const
  t.match(readBody(framed, ['abcdef']), { k: 'body', content: 'abc', rest: 'def' })
  t.match(readBody(framed, ['a', 'b']), { k: 'incomplete', content: 'ab' })
})

t.test('body: until close takes all there is', async (t) => {
  t.match(readBody({ framing: 'close' }, ['ab', 'cd']), { k: 'incomplete', content: 'abcd' })
})

t.test('body: chunks give their content, extensions are ignored', async (t) => {
  const cases = [
    ['0\r\n\r\nrest', '', 'rest'],
    ['3\r\nabc\r\n0\r\n\r\n', 'abc', ''],
    ['A;x=y;"\xe4"\r\n0123456789\r\n00\r\n\r\nGET', '0123456789', 'GET'],
    ['00003\r\nabc\r\n1\r\nd\r\n0;last\r\n\r\n', 'abcd', ''],
  ] as const
  for (const [text, content, rest] of cases)
    t.match(chunked(text), { k: 'body', content, rest }, text)
})

t.test('body: broken chunks are refused', async (t) => {
  const broken = [
    '\r\n',
    'g\r\n',
    '-1\r\n',
    '+1\r\n',
    '0x1\r\n',
    '1_0\r\n',
    ' 1\r\na\r\n',
    '1 \r\na\r\n',
    '1\t;x\r\na\r\n',
    ';x\r\n',
    '1\na\r\n0\r\n\r\n',
    '1\r\nab\r\n',
    '1\r\na\n0\r\n\r\n',
    '1\r\na\rb',
    '1;a\nb\r\na\r\n',
    '1;a\rb\r\na\r\n',
    '1;\0\r\na\r\n',
    `${'f'.repeat(14)}\r\n`,
    `${'0'.repeat(14)}\r\n`,
    `1;${'x'.repeat(1_100)}\r\na\r\n`,
    '0\r\nX : y\r\n\r\n',
    '0\r\n X: y\r\n\r\n',
    '0\r\nX: y\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '0\r\nTransfer-Encoding: chunked\r\n\r\n',
    `0\r\nX: ${'y'.repeat(9_000)}\r\n\r\n`,
    `0\r\n${'X: y\r\n'.repeat(65)}\r\n`,
  ]
  for (const text of broken)
    t.match(chunked(text), { k: 'refused' }, JSON.stringify(text.slice(0, 40)))
})

t.test('body: trailers that mean something to routing or identity are dropped', async (t) => {
  const text = '0\r\nX-Sum: 1\r\nAuthority: a\r\nhost: b\r\nx_request_id: 1\r\nX-Sum: 2\r\n\r\n'
  t.same(chunked(text), {
    k: 'body',
    content: '',
    trailers: ['X-Sum', '1', 'Authority', 'a', 'X-Sum', '2'],
    rest: '',
  })
  t.match(chunked('0\r\nHost: b\r\n\r\n'), { trailers: undefined })
})

t.test('body: what is written is read back', async (t) => {
  const text = `${chunkHead(3)}abc\r\n${chunkHead(17)}${'x'.repeat(17)}\r\n${lastChunk(['A', 'b'])}`
  t.same(chunked(text), {
    k: 'body',
    content: `abc${'x'.repeat(17)}`,
    trailers: ['A', 'b'],
    rest: '',
  })
})

t.test('body: the framing of responses, in the order of §6.3', async (t) => {
  const cases = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'GET', 'length'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'GET', 'none'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD', 'none'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'GET', 'chunked'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HEAD', 'none'],
    ['HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n', 'GET', 'none'],
    ['HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n', 'GET', 'none'],
    ['HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n', 'GET', 'none'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'GET', 'close'],
    ['HTTP/1.0 200 OK\r\n\r\n', 'POST', 'close'],
  ] as const
  for (const [response, method, framing] of cases) {
    const read = readResponse(response)
    if (read.k !== 'head') return t.fail(JSON.stringify(read))
    t.equal(responseFraming(read.head, method), framing, `${method} ${response}`)
    t.equal(hasNoBody(read.head.status, method) && framing !== 'none', false)
  }
})

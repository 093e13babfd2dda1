/** Authorities and heads. */

import t from 'tap'

import { parseAuthority } from '../../../src/proxy/authority.ts'
import { type RawHead, judgeHead } from '../../support/head-oracle.ts'

const LIMITS = { fieldsMax: 20, targetMax: 100 }

const judge = (changes: Partial<RawHead>) =>
  judgeHead(
    {
      method: 'GET',
      target: '/',
      version: '1.1',
      fields: ['Host', 'a.test'],
      ownAuthority: '127.0.0.1:80',
      ...changes,
    },
    LIMITS,
  )

t.test('authority: the host in lower case, without port and trailing dot', (t) => {
  t.same(parseAuthority('Hello.Example.:8080'), { host: 'hello.example', port: 8_080 })
  t.same(parseAuthority('xn--bcher-kva.example'), {
    host: 'xn--bcher-kva.example',
    port: undefined,
  })
  t.same(parseAuthority('a:'), { host: 'a', port: undefined })
  t.same(parseAuthority('[::1]:80'), { host: '[::1]', port: 80 })
  const bad = [
    '',
    '.',
    'a:1:2',
    'a:b',
    'a:99999',
    'u@a',
    'a b',
    'a/b',
    '::1',
    '[::1',
    'b\xfccher.de',
    'a'.repeat(256),
  ]
  for (const text of bad) t.equal(parseAuthority(text), undefined, text.slice(0, 20))
  t.end()
})

const withFields = (...fields: string[]) =>
  judge({ method: 'POST', fields: ['Host', 'a.test', ...fields] })

t.test('head: the body is what framing says', (t) => {
  t.equal(withFields().body, 'none')
  t.equal(withFields('content-length', '0').body, 0)
  t.equal(withFields('Content-Length', '12').body, 12)
  t.equal(withFields('Transfer-Encoding', 'Chunked').body, 'stream')
  t.equal(withFields('Transfer-Encoding', 'chunked, chunked').fault, 'BAD_FRAMING')
  t.equal(
    withFields('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked').fault,
    'BAD_FRAMING',
  )
  t.equal(withFields('Transfer-Encoding', 'chunked, gzip').fault, 'BAD_FRAMING')
  t.equal(withFields('Transfer-Encoding', '').fault, 'BAD_FRAMING')
  t.equal(withFields('Transfer-Encoding', 'gzip, chunked').fault, 'METHOD_UNSUPPORTED')
  for (const length of ['', '-1', '0x1', '1,1', '1e3', '9'.repeat(16)]) {
    t.equal(withFields('Content-Length', length).fault, 'BAD_FRAMING', length)
  }
  t.end()
})

t.test('head: HTTP/1.0 needs no Host, and may not name two', (t) => {
  t.match(judge({ version: '1.0', fields: [] }), {
    host: '127.0.0.1',
    authority: '127.0.0.1:80',
    fault: undefined,
  })
  t.equal(judge({ version: '1.0', fields: ['Host', 'a', 'Host', 'a'] }).fault, 'BAD_HOST')
  t.end()
})

t.test('head: targets are passed as they are, or refused', (t) => {
  const raw = '/a/../%2e%2E//b;c|{}?q=%zz'
  t.equal(judge({ target: raw }).target, raw)
  t.match(judge({ target: 'http://b.test/x' }), {
    target: '/x',
    host: 'b.test',
    authority: 'b.test',
  })
  t.match(judge({ method: 'OPTIONS', target: 'http://b.test' }), { target: '*', fault: undefined })
  for (const target of ['', 'a', 'a.test:80', 'ftp://a.test/', '*', '/#']) {
    t.equal(judge({ target }).fault, 'BAD_REQUEST', target)
  }
  t.equal(judge({ target: 'http://u:p@b.test/' }).fault, 'BAD_HOST')
  t.equal(judge({ target: 'http:///x' }).fault, 'BAD_HOST')
  t.end()
})

t.test('head: limits come first', (t) => {
  t.equal(judge({ target: `/${'a'.repeat(100)}` }).fault, 'TARGET_TOO_LONG')
  t.equal(judge({ fields: Array.from({ length: 42 }, () => 'a') }).fault, 'HEAD_TOO_LARGE')
  t.end()
})

const offer = (...fields: string[]) => judge({ fields: ['Host', 'a.test', ...fields] }).upgrade

t.test('head: an upgrade is offered without h2c', (t) => {
  t.equal(offer('Connection', 'x, UPGRADE', 'Upgrade', 'websocket'), 'websocket')
  t.equal(offer('Connection', 'upgrade', 'Upgrade', 'h2c, WebSocket'), 'WebSocket')
  t.equal(offer('Connection', 'upgrade', 'Upgrade', 'H2C'), undefined)
  t.equal(offer('Upgrade', 'websocket'), undefined)
  t.end()
})

t.test('head: expectations of HTTP/1.0 are ignored', (t) => {
  const fields = ['Host', 'a.test', 'Expect', '100-Continue']
  t.match(judge({ fields }), { expectsContinue: true, fault: undefined })
  t.match(judge({ version: '1.0', fields }), { expectsContinue: false, fault: undefined })
  t.equal(judge({ fields: [...fields, 'Expect', 'x'] }).fault, 'EXPECTATION_FAILED')
  t.end()
})

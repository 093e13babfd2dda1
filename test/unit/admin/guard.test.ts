import t from 'tap'
import { isAuthorised, refusalOf } from '../../../src/admin/guard.ts'
import type { AdminRequest } from '../../../src/admin/message.ts'

const token = 'T'.repeat(43)
const rules = { token, hosts: ['admin.internal'] }
const JSON_TYPE = 'application/json'
const bearer = `Bearer ${token}`

const request = (parts: Partial<AdminRequest> = {}): AdminRequest => ({
  reach: 'loopback',
  method: 'GET',
  path: '/api/v1/functions',
  query: '',
  host: '127.0.0.1:9090',
  origin: undefined,
  authorization: undefined,
  contentType: undefined,
  ...parts,
})

const statusOf = (parts: Partial<AdminRequest>) => refusalOf(request(parts), rules)?.status

t.test('admin guard: Host must be an address, localhost or a configured name', async (t) => {
  const good = [
    '127.0.0.1',
    '10.0.0.1:80',
    '[::1]:9090',
    'localhost',
    'LOCALHOST:1',
    'admin.internal:9090',
    'localhost.',
  ]
  for (const host of good) t.equal(statusOf({ host }), undefined, host)
  const bad = [
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '[::1',
    '[]',
    'a:b:c',
    '127.0.0.1:1:2',
  ]
  for (const host of bad) t.equal(statusOf({ host, authorization: bearer }), 421, String(host))
})

t.test('admin guard: a page of another origin is refused, also when it only reads', async (t) => {
  t.equal(statusOf({ origin: 'http://127.0.0.1:9090' }), undefined)
  for (const origin of [
    'null',
    'http://evil.example',
    'https://127.0.0.1:9090',
    'http://127.0.0.1:9091',
  ]) {
    t.equal(statusOf({ origin, authorization: bearer }), 403, origin)
  }
})

t.test(
  'admin guard: on loopback reading needs no token, a verb needs token and JSON',
  async (t) => {
    t.equal(statusOf({ method: 'HEAD' }), undefined)
    const verb = { method: 'POST', path: '/api/v1/reload' }
    t.equal(statusOf({ ...verb, contentType: JSON_TYPE }), 401)
    t.equal(statusOf({ ...verb, contentType: JSON_TYPE, authorization: `Bearer ${token}x` }), 401)
    t.equal(statusOf({ ...verb, contentType: JSON_TYPE, authorization: `Basic ${token}` }), 401)
    t.equal(statusOf({ ...verb, authorization: bearer }), 415)
    t.equal(statusOf({ ...verb, authorization: bearer, contentType: 'text/plain' }), 415)
    t.equal(statusOf({ ...verb, authorization: bearer, contentType: 'application/jsonp' }), 415)
    t.equal(
      statusOf({ ...verb, authorization: bearer, contentType: 'application/json; charset=utf-8' }),
      undefined,
    )
  },
)

t.test('admin guard: where others reach it everything but health needs the token', async (t) => {
  const reach = 'network'
  t.equal(statusOf({ reach }), 401)
  t.equal(statusOf({ reach, path: '/metrics' }), 401)
  t.equal(statusOf({ reach, path: '/metrics', authorization: bearer }), undefined)
  t.equal(statusOf({ reach, path: '/healthz' }), undefined)
  t.equal(statusOf({ reach, path: '/readyz' }), undefined)
  t.equal(statusOf({ reach, path: '/healthz', method: 'POST' }), 401)
})

t.test('admin guard: over the unix socket the mode of the file has decided', async (t) => {
  t.equal(statusOf({ reach: 'unix', method: 'POST', host: undefined }), undefined)
  t.equal(isAuthorised(request({ reach: 'unix' }), rules), true)
  t.equal(isAuthorised(request(), rules), false)
  t.equal(isAuthorised(request({ authorization: bearer }), rules), true)
})

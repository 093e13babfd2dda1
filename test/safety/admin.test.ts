/** Attacks on the admin listener by what a browser, a neighbour on the network or a guess can send to it. */

import { readFileSync } from 'node:fs'
import t from 'tap'

import { rawUpstream } from '../support/raw-upstream.ts'
import { defended } from './defended.ts'

const functions = { app: { upstream: '127.0.0.1:1' } }
const JSON_TYPE = { 'content-type': 'application/json' }
const STOP = '/api/v1/functions/app/stop'

t.test('admin: a name that was rebound to loopback is not answered', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  for (const host of [
    'evil.example',
    `evil.example:${gateway.adminPort}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.localhost',
    'localhost@evil.example',
    '2130706433',
  ]) {
    for (const path of ['/metrics', '/api/v1/functions', '/healthz'])
      t.equal((await gateway.admin(path, { host })).status, 421, `${host}${path}`)
    const headers = { ...JSON_TYPE, authorization: `Bearer ${gateway.token}` }
    t.equal((await gateway.admin(STOP, { host, method: 'POST', headers })).status, 421, host)
  }
  for (const host of ['127.0.0.1', `localhost:${gateway.adminPort}`, 'LOCALHOST', '[::1]'])
    t.equal((await gateway.admin('/metrics', { host })).status, 200, host)
})

t.test('admin: two Host fields, or none, are no way around', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  for (const head of [
    'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n\r\n',
    'GET /metrics HTTP/1.1\r\n\r\n',
    'GET /metrics HTTP/1.0\r\n\r\n',
    'GET http://127.0.0.1/metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n',
  ]) {
    const client = await gateway.client(gateway.adminPort)
    client.send(head)
    const { status } = await client.head()
    t.ok(status === 400 || status === 421, `${JSON.stringify(head)}: ${status}`)
  }
})

t.test('admin: a page of another origin can order nothing and read nothing', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  const bearer = { authorization: `Bearer ${gateway.token}` }
  for (const origin of ['https://evil.example', 'null', `https://127.0.0.1:${gateway.adminPort}`]) {
    const headers = { ...JSON_TYPE, ...bearer, origin }
    t.equal((await gateway.admin(STOP, { method: 'POST', headers })).status, 403, origin)
    const read = await gateway.admin('/api/v1/functions', { headers: { origin } })
    t.equal(read.status, 403, origin)
    t.equal(read.headers['access-control-allow-origin'], undefined)
  }
  const asked = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  const preflight = await gateway.admin(STOP, { method: 'OPTIONS', headers: asked })
  t.equal(preflight.status, 403, 'a preflight gets no leave')
  t.equal(preflight.headers['access-control-allow-origin'], undefined)
})

/** As a browser fetches for a page that asks for no leave. */
const fetched = (site: string, dest: string) => ({
  headers: { 'sec-fetch-site': site, 'sec-fetch-dest': dest, 'sec-fetch-mode': 'no-cors' },
})

t.test('admin: what a page fetches without saying so is refused as well', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  for (const path of ['/api/v1/events', '/metrics', '/api/v1/functions']) {
    t.equal((await gateway.admin(path, fetched('cross-site', 'image'))).status, 403, path)
    t.equal((await gateway.admin(path, fetched('same-site', 'iframe'))).status, 403, path)
  }
  t.equal(
    (await gateway.admin('/metrics', fetched('cross-site', 'document'))).status,
    200,
    'a link',
  )
  t.equal((await gateway.admin('/metrics', fetched('same-origin', 'empty'))).status, 200)
})

t.test('admin: streams have a limit, and leave room for everything else', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  const open = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const client = await gateway.client(gateway.adminPort)
      client.send('GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      return (await client.head()).status
    }),
  )
  t.strictSame(new Set(open), new Set([200, 503]))
  t.equal((await gateway.admin('/healthz')).status, 200)
  t.equal((await gateway.inside('/metrics')).status, 200)
})

t.test('admin: what a form can send without asking is no order', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  const bearer = { authorization: `Bearer ${gateway.token}` }
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/json-patch+json',
  ]) {
    const headers = { ...bearer, 'content-type': type }
    t.equal((await gateway.admin(STOP, { method: 'POST', headers })).status, 415, type)
  }
  t.equal((await gateway.admin(STOP, { method: 'POST', headers: bearer })).status, 415, 'none')
  const headers = { ...bearer, ...JSON_TYPE }
  t.equal((await gateway.admin(STOP, { method: 'GET', headers })).status, 405, 'GET orders nothing')
  t.equal((await gateway.admin(STOP, { method: 'POST', headers })).status, 200, 'the operator may')
})

t.test('admin: without the token, or with another one, nothing is ordered', async (t) => {
  const gateway = await defended(t, { text: { functions } })
  const { token } = gateway
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token}`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}x`,
    `Bearer ${token.toLowerCase()}`,
    `Bearer ${'A'.repeat(4_000)}`,
    `Bearer x ${token}`,
  ]) {
    const headers = { ...JSON_TYPE, authorization }
    const { status, text } = await gateway.admin(STOP, { method: 'POST', headers })
    t.equal(status, 401, authorization.slice(0, 60))
    t.notOk(text.includes(token), 'and the answer does not tell it')
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const reload = await gateway.admin('/api/v1/reload', { method, headers: JSON_TYPE })
    t.equal(reload.status, 401, method)
  }
})

t.test('admin: where others reach it, only health is told without the token', async (t) => {
  const gateway = await defended(t, { text: { admin: { listen: ':0' }, functions } })
  for (const path of ['/healthz', '/readyz']) t.equal((await gateway.admin(path)).status, 200, path)
  for (const path of ['/metrics', '/api/v1/functions', '/api/v1/functions/app', '/nothing'])
    t.equal((await gateway.admin(path)).status, 401, path)
  const headers = { authorization: `Bearer ${gateway.token}` }
  t.equal((await gateway.admin('/metrics', { headers })).status, 200)
})

t.test('admin: tokens and signatures are compared in constant time', async (t) => {
  for (const file of ['src/admin/guard.ts', 'src/runtime/docker/claim.ts']) {
    const code = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    t.match(code, /timingSafeEqual\(/, file)
    t.notMatch(code, /(token|signature|right|given)\s*(===|!==|==)/, file)
  }
})

t.test('admin: an upgrade or a tunnel opens no other way', async (t) => {
  const gateway = await defended(t, { text: { admin: { listen: ':0' }, functions } })
  const behind = await rawUpstream(t)
  const upgrade = await gateway.client(gateway.adminPort)
  upgrade.send(
    `GET ${STOP} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  )
  t.equal((await upgrade.head()).status, 401)
  const connect = await gateway.client(gateway.adminPort)
  connect.send(`CONNECT 127.0.0.1:${behind.port} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  await connect.ended()
  t.equal(connect.unread, '')
  t.equal(behind.accepted, 0)
})

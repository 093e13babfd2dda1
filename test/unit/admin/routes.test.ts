import t from 'tap'
import { DashboardFiles } from '../../../src/admin/dashboard-files.ts'
import { answerOf } from '../../../src/admin/routes.ts'
import { functionId, instanceId } from '../../../src/domain/ids.ts'
import { isInPieces, isStream } from '../../../src/admin/message.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeSource } from './fake-source.ts'

async function answer(source: FakeSource, what: string, full = false, body = '') {
  const [method = '', url = ''] = what.split(' ')
  const [path = '', query = ''] = url.split('?')
  const absent = {
    host: undefined,
    origin: undefined,
    authorization: undefined,
    contentType: undefined,
  }
  const request = { reach: 'loopback', method, path, query, body, ...absent } as const
  return answerOf(request, {
    source,
    full,
    clock: new FakeClock(),
    dashboard: new DashboardFiles('/nowhere'),
  })
}

async function ask(source: FakeSource, what: string, full = false, body = '') {
  const answered = await answer(source, what, full, body)
  if (isStream(answered) || isInPieces(answered)) throw new Error(`${what} is no plain answer`)
  return answered
}

t.test('admin: readyz follows the gateway, healthz depends on nothing', async (t) => {
  const source = new FakeSource()
  t.match(await ask(source, 'GET /readyz'), { status: 200, body: 'ready\n' })
  source.isReady = false
  t.match(await ask(source, 'GET /readyz'), { status: 503 })
  t.match(await ask(source, 'GET /healthz'), { status: 200 })
})

t.test('admin: the status of all functions and of one', async (t) => {
  const source = new FakeSource()
  const all = JSON.parse((await ask(source, 'GET /api/v1/functions')).body)
  t.match(all, { version: '0.0.0', ready: true, functions: [{ id: 'hello' }, { id: 'broken' }] })
  const one = JSON.parse((await ask(source, 'HEAD /api/v1/functions/hello')).body)
  t.match(one, { id: 'hello', lastWake: { totalMs: 812.34 } })
  t.match(await ask(source, 'GET /api/v1/functions/nope'), { status: 404 })
})

t.test('admin: what a function printed is for those who may see everything', async (t) => {
  const source = new FakeSource()
  for (const path of ['/api/v1/functions', '/api/v1/functions/broken']) {
    t.notMatch((await ask(source, `GET ${path}`)).body, 'password')
    t.match((await ask(source, `GET ${path}`, true)).body, 'password')
  }
})

t.test('admin: verbs reach the gateway, and their result becomes a status', async (t) => {
  const source = new FakeSource()
  for (const verb of ['wake', 'pause', 'stop']) {
    t.match(await ask(source, `POST /api/v1/functions/hello/${verb}`), { status: 200 })
  }
  t.match(await ask(source, 'POST /api/v1/reload'), { status: 200, body: /ordered/ })
  t.strictSame(source.asked, ['wake hello', 'pause hello', 'stop hello', 'reload'])
  const statuses = { unknown_function: 404, impossible: 409, failed: 500 } as const
  for (const [result, status] of Object.entries(statuses)) {
    source.result = { result: result as keyof typeof statuses, message: 'why' }
    const answer = await ask(source, 'POST /api/v1/reload')
    t.match(answer, { status, type: 'application/problem+json' })
    t.match(JSON.parse(answer.body), { type: 'about:blank', status, detail: 'why' })
  }
})

t.test('admin: a wrong method names the right one, a wrong path is not found', async (t) => {
  const source = new FakeSource()
  t.match(await ask(source, 'GET /api/v1/reload'), { status: 405, fields: { allow: 'POST' } })
  t.match(await ask(source, 'DELETE /metrics'), { status: 405, fields: { allow: 'GET' } })
  for (const path of [
    '/',
    '/healthz/',
    '/api/v1/functions/',
    '/api/v1/functions/..%2f',
    '/api/v1/functions/hello/exec',
  ]) {
    t.match(await ask(source, `GET ${path}`), { status: 404 }, path)
  }
  t.strictSame(source.asked, [])
})

t.test('admin: what a function printed last is told with the token', async (t) => {
  const source = new FakeSource()
  for (const line of ['one', 'two'])
    source.printed.event({
      k: 'output',
      at: 5,
      fn: functionId('hello'),
      instance: instanceId('hello-1'),
      line,
    })
  const path = '/api/v1/functions/hello/logs'
  t.match(await ask(source, `GET ${path}`), {
    status: 401,
    fields: { 'www-authenticate': 'Bearer' },
  })
  t.match(await ask(source, `GET ${path}?follow=1`), { status: 401 })
  t.match(JSON.parse((await ask(source, `GET ${path}`, true)).body), {
    lines: [{ id: 1, at: 5, instance: 'hello-1', line: 'one' }, { line: 'two' }],
  })
  t.strictSame(JSON.parse((await ask(source, `GET ${path}?last=1`, true)).body).lines.length, 1)
  t.ok(isStream(await answer(source, `GET ${path}?follow=1`, true)))
  t.match(await ask(source, 'GET /api/v1/functions/nope/logs', true), { status: 404 })
})

t.test('admin: a stream of events is of all functions or of one that there is', async (t) => {
  const source = new FakeSource()
  t.ok(isStream(await answer(source, 'GET /api/v1/events')))
  t.ok(isStream(await answer(source, 'GET /api/v1/events?function=hello&last=5')))
  t.match(await ask(source, 'GET /api/v1/events?function=nope'), { status: 404 })
  for (const last of ['', 'x', '-1', '1.5', '9999999999'])
    t.match(await ask(source, `GET /api/v1/events?last=${last}`), { status: 400 }, last)
})

t.test('admin: keeping warm takes a duration', async (t) => {
  const source = new FakeSource()
  const path = 'POST /api/v1/functions/hello/warm'
  t.match(await ask(source, path, true, '{"for": "1h"}'), { status: 200 })
  t.match(await ask(source, path, true, '{"for": "0s"}'), { status: 200 })
  t.strictSame(source.asked, ['warm hello 3600000', 'warm hello 0'])
  const bad = ['', 'x', 'null', '[]', '"1h"', '{}', '{"for":1}', '{"for":"soon"}']
  for (const body of [...bad, '{"for":"never"}', '{"for":"8d"}'])
    t.match(await ask(source, path, true, body), { status: 400 }, body)
  t.equal(source.asked.length, 2)
})

t.test('admin: which function answers for a host, and why', async (t) => {
  const source = new FakeSource()
  const { body } = await ask(source, 'GET /api/v1/routes?host=a.test&path=/x%3Fy')
  t.match(JSON.parse(body), { host: 'a.test', path: '/x?y', function: 'hello', by: 'exact' })
  for (const query of ['', '?host=', '?host=a%20b'])
    t.match(await ask(source, `GET /api/v1/routes${query}`), { status: 400 }, query)
})

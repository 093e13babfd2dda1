/** How the reverse proxy ends, and what a reload changes. */

import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import t from 'tap'

import { functionSpec } from '../../support/function-spec.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Router } from '../../../src/proxy/router.ts'
import { RawConnection } from '../../support/raw-connection.ts'
import { OPTIONS, get, proxyRig } from './rig.ts'

t.test('closing: what is in flight finishes, and its connection ends with it', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const idle = await rig.client()
  const client = await rig.ask(get())
  const opened = await rig.contract.opened.next()
  const closed = rig.proxy.close({ graceMs: 5_000 })
  opened.answer(200, 'in time')
  const answer = await client.message()
  t.equal(answer.body, 'in time')
  t.ok(answer.lines.includes('Connection: close'))
  await closed
  await client.ended()
  await idle.ended()
  await t.rejects(rig.client(), { code: 'ECONNREFUSED' })
})

t.test('closing: after the grace the rest is answered or reset', async (t) => {
  const clock = new FakeClock()
  const rig = await proxyRig(t, { clock })
  const held = await rig.ask(get('/held'))
  const waiting = await rig.admission.held.next()
  rig.lease()
  const streaming = await rig.ask(get('/stream'))
  const opened = await rig.contract.opened.next()
  opened.exchange.reply.head(200, [], 'stream')
  opened.exchange.reply.data(Buffer.from('half'))
  await streaming.through('half')
  const closed = rig.proxy.close({ graceMs: 1_000 })
  t.equal(rig.proxy.underWay, 2)
  clock.advance(1_000)
  t.equal(await waiting.left.next(), 'closing')
  t.equal(await opened.gone.next(), 'closing')
  opened.lease.release({ k: 'gone' })
  await closed
  t.equal((await held.message()).status, 503)
  t.equal(await streaming.ended(), 'reset')
  t.match(await rig.records.next(), { error: 'CLOSING', outcome: 'refused' })
  t.match(await rig.records.next(), { error: 'CLOSING', outcome: 'failed', status: 200 })
})

t.test('closing: an upgraded connection is cut after the grace', async (t) => {
  const clock = new FakeClock()
  const rig = await proxyRig(t, { clock })
  rig.lease()
  const client = await rig.ask(get('/', 'Connection: Upgrade', 'Upgrade: x'))
  const opened = await rig.contract.opened.next()
  opened.exchange.reply.tunnel(['Upgrade', 'x'])
  await client.head()
  const closed = rig.proxy.close({ graceMs: 1_000 })
  clock.advance(1_000)
  t.equal(await opened.gone.next(), 'closing')
  opened.lease.release({ k: 'gone' })
  await closed
  t.equal(await client.ended(), 'reset')
})

t.test('reload: new routes and options count for new requests on old connections', async (t) => {
  const rig = await proxyRig(t)
  rig.contract.script = (opened) => opened.answer(200, opened.lease.fn.id)
  rig.lease()
  const client = await rig.ask(get())
  t.equal((await client.message()).body, 'hello')
  rig.proxy.reconfigure({
    router: new Router([functionSpec({ routes: [{ host: 'new.test', path: '/' }] })]),
    options: { ...OPTIONS, timing: 'all' },
  })
  client.send(get())
  t.equal((await client.message()).status, 404)
  rig.lease()
  client.send('GET / HTTP/1.1\r\nHost: new.test\r\n\r\n')
  t.ok((await client.message()).lines.includes('X-Coldfront-Start: warm'))
})

t.test('reload: options that are not valid change nothing', async (t) => {
  const rig = await proxyRig(t)
  t.throws(() =>
    rig.proxy.reconfigure({
      router: new Router([]),
      options: { ...OPTIONS, trustedProxies: ['nonsense'] },
    }),
  )
  rig.contract.script = (opened) => opened.answer(200, 'same')
  rig.lease()
  t.equal((await (await rig.ask(get())).message()).body, 'same')
})

t.test('listen: an address in use is told', async (t) => {
  const rig = await proxyRig(t)
  await t.rejects(rig.proxy.listen({ k: 'tcp', host: '127.0.0.1', port: rig.port }), {
    code: 'EADDRINUSE',
  })
})

t.test('listen: a unix socket works, and its clients are local', async (t) => {
  const rig = await proxyRig(t)
  const path = join(await mkdtemp(join(tmpdir(), 'coldfront-')), 'gateway.sock')
  t.teardown(() => rm(dirname(path), { recursive: true }))
  t.same(await rig.proxy.listen({ k: 'unix', path }), { k: 'unix', path })
  rig.lease()
  const socket = connect({ path })
  const client = new RawConnection(socket)
  t.teardown(() => client.destroy())
  client.send(get())
  const opened = await rig.contract.opened.next()
  t.same(opened.exchange.peer, { address: 'unknown', trusted: true, proto: 'http' })
  opened.exchange.reply.head(200, [], 5)
  opened.exchange.reply.data(Buffer.from('half'))
  await client.through('half')
  opened.exchange.reply.reset('upstream_broken')
  await client.ended()
  opened.lease.release({ k: 'gone' })
})

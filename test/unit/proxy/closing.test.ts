/** How the reverse proxy ends, and what a reload changes. */

import t from 'tap'

import { functionSpec } from '../../support/function-spec.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Router } from '../../../src/proxy/router.ts'
import { OPTIONS, get, proxyBench } from './bench.ts'

t.test('closing: what is in flight finishes, and its connection ends with it', async (t) => {
  const bench = await proxyBench(t)
  bench.lease()
  const idle = await bench.client()
  const client = await bench.ask(get())
  const opened = await bench.contract.opened.next()
  const closed = bench.proxy.close({ graceMs: 5_000 })
  opened.answer(200, 'in time')
  const answer = await client.message()
  t.equal(answer.body, 'in time')
  t.ok(answer.lines.includes('Connection: close'))
  await closed
  await client.ended()
  await idle.ended()
  await t.rejects(bench.client(), { code: 'ECONNREFUSED' })
})

t.test('closing: after the grace the rest is answered or reset', async (t) => {
  const clock = new FakeClock()
  const bench = await proxyBench(t, { clock })
  const held = await bench.ask(get('/held'))
  const waiting = await bench.admission.held.next()
  bench.lease()
  const streaming = await bench.ask(get('/stream'))
  const opened = await bench.contract.opened.next()
  opened.exchange.reply.head(200, [], 'stream')
  opened.exchange.reply.data(Buffer.from('half'))
  await streaming.through('half')
  const closed = bench.proxy.close({ graceMs: 1_000 })
  t.equal(bench.proxy.underWay, 2)
  clock.advance(1_000)
  t.equal(await waiting.left.next(), 'closing')
  t.equal(await opened.gone.next(), 'closing')
  opened.lease.release({ k: 'gone' })
  await closed
  t.equal((await held.message()).status, 503)
  t.equal(await streaming.ended(), 'reset')
  t.match(await bench.records.next(), { error: 'CLOSING', outcome: 'refused' })
  t.match(await bench.records.next(), { error: 'CLOSING', outcome: 'failed', status: 200 })
})

t.test('closing: an upgraded connection is cut after the grace', async (t) => {
  const clock = new FakeClock()
  const bench = await proxyBench(t, { clock })
  bench.lease()
  const client = await bench.ask(get('/', 'Connection: Upgrade', 'Upgrade: x'))
  const opened = await bench.contract.opened.next()
  opened.exchange.reply.tunnel(['Upgrade', 'x'])
  await client.head()
  const closed = bench.proxy.close({ graceMs: 1_000 })
  clock.advance(1_000)
  t.equal(await opened.gone.next(), 'closing')
  opened.lease.release({ k: 'gone' })
  await closed
  t.equal(await client.ended(), 'reset')
})

t.test('reload: new routes and options count for new requests on old connections', async (t) => {
  const bench = await proxyBench(t)
  bench.contract.script = (opened) => opened.answer(200, opened.lease.fn.id)
  bench.lease()
  const client = await bench.ask(get())
  t.equal((await client.message()).body, 'hello')
  bench.proxy.reconfigure({
    router: new Router([functionSpec({ routes: [{ host: 'new.test', path: '/' }] })]),
    options: { ...OPTIONS, timing: 'all' },
  })
  client.send(get())
  t.equal((await client.message()).status, 404)
  bench.lease()
  client.send('GET / HTTP/1.1\r\nHost: new.test\r\n\r\n')
  t.ok((await client.message()).lines.includes('X-Coldfront-Start: warm'))
})

t.test('reload: options that are not valid change nothing', async (t) => {
  const bench = await proxyBench(t)
  t.throws(() =>
    bench.proxy.reconfigure({
      router: new Router([]),
      options: { ...OPTIONS, trustedProxies: ['nonsense'] },
    }),
  )
  bench.contract.script = (opened) => opened.answer(200, 'same')
  bench.lease()
  t.equal((await (await bench.ask(get())).message()).body, 'same')
})

t.test('listen: an address in use is told', async (t) => {
  const bench = await proxyBench(t)
  await t.rejects(bench.proxy.listen({ k: 'tcp', host: '127.0.0.1', port: bench.port }), {
    code: 'EADDRINUSE',
  })
})

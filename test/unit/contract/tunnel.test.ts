import t, { type Test } from 'tap'

import { HttpContract } from '../../../src/contract/http.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { rawUpstream } from '../../support/raw-upstream.ts'
import { ScriptedExchange, ScriptedLease, plainFunction } from '../../support/scripted-exchange.ts'

const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** An exchange that asks for an upgrade, and the instance that was asked. */
async function scene(t: Test, { clock = systemClock, credit = 1_000_000 } = {}) {
  const upstream = await rawUpstream(t)
  const contract = new HttpContract(clock)
  const lease = new ScriptedLease({ endpoint: upstream.endpoint })
  const exchange = new ScriptedExchange({ head: { upgrade: 'other/2, WebSocket' }, credit })
  t.teardown(() => exchange.leave('closing'))
  contract.open(lease, exchange)
  const app = await upstream.accept()
  const asked = await app.message()
  return { upstream, contract, lease, exchange, app, asked }
}

t.test('tunnel: bytes pass both ways, those behind the head too', async (t) => {
  const { lease, exchange, app, asked } = await scene(t)
  t.match(asked.lines.join('\n').toLowerCase(), /connection: upgrade\nupgrade: other\/2, websocket/)
  app.send(`${SWITCH}early`)
  await exchange.until('the early bytes', () => exchange.received === 'early')
  exchange.sends('up')
  t.equal(await app.bytes(2), 'up')
  app.send('down')
  await exchange.until('more', () => exchange.received === 'earlydown')
  t.same(exchange.log.slice(0, 2), ['tunnel', 'body:start'])
  exchange.sink?.end()
  t.equal(await app.ended(), 'fin')
  t.equal(lease.outcome, undefined)
  app.send('last').end()
  t.same(await lease.released, { k: 'done' })
  t.equal(exchange.received, 'earlydownlast')
  t.equal(exchange.log.at(-1), 'tunnel:end')
})

t.test('tunnel: the instance may end first, and still be sent to', async (t) => {
  const { lease, exchange, app } = await scene(t)
  app.send(SWITCH).end()
  await exchange.saw('tunnel:end')
  exchange.sends('still')
  t.equal(await app.bytes(5), 'still')
  exchange.sink?.end()
  t.same(await lease.released, { k: 'done' })
})

t.test('tunnel: an error on either side ends both', async (t) => {
  const broken = await scene(t)
  broken.app.send(SWITCH)
  await broken.exchange.saw('body:start')
  broken.app.reset()
  t.match(await broken.lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
  t.ok(broken.exchange.log.includes('tunnel:reset upstream_broken'))
  t.ok(broken.exchange.log.includes('body:reset upstream_broken'))

  const left = await scene(t)
  left.app.send(SWITCH)
  await left.exchange.saw('body:start')
  left.exchange.sink?.reset('client_gone')
  t.same(await left.lease.released, { k: 'gone' })
  await left.app.ended()
})

t.test('tunnel: only as much is read as the client takes', async (t) => {
  const { lease, exchange, app } = await scene(t, { credit: 10 })
  const size = 4_000_000
  app.send(SWITCH).send('x'.repeat(size))
  await exchange.until('the first bytes', () => exchange.received.length > 0)
  t.ok(exchange.received.length <= 10 + 65_536)
  exchange.takes(size)
  await exchange.until('the rest', () => exchange.received.length === size)
  exchange.leave()
  t.same(await lease.released, { k: 'gone' })
})

t.test('tunnel: bytes count as activity, told at most once a second', async (t) => {
  const clock = new FakeClock()
  const { lease, exchange, app } = await scene(t, { clock })
  app.send(SWITCH)
  await exchange.saw('body:start')
  t.equal(lease.touches, 1)
  exchange.sends('a')
  exchange.sends('b')
  t.equal(lease.touches, 1)
  clock.advance(1_000)
  exchange.sends('c')
  t.equal(lease.touches, 2)
})

t.test('tunnel: silence in both directions ends it', async (t) => {
  const clock = new FakeClock()
  const { lease, exchange, app } = await scene(t, { clock })
  app.send(SWITCH)
  await exchange.saw('body:start')
  const { tunnelMs } = plainFunction().timeouts
  clock.advance(tunnelMs - 1)
  exchange.sends('a')
  clock.advance(tunnelMs - 1)
  t.equal(lease.outcome, undefined)
  clock.advance(1)
  t.same(await lease.released, { k: 'done' })
  t.ok(exchange.log.includes('tunnel:reset timeout'))
})

t.test('tunnel: an answer other than 101 is a response', async (t) => {
  const { lease, exchange, app } = await scene(t)
  app.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
  t.same(await lease.released, { k: 'done' })
  t.same(exchange.log, ['head 403 2', 'end'])
})

t.test('tunnel: a protocol that was not asked for is invalid', async (t) => {
  const { lease, exchange, app } = await scene(t)
  app.send(SWITCH.replace('websocket', 'h2c'))
  t.match(await lease.released, { k: 'failed', code: 'UPSTREAM_INVALID' })
  t.same(exchange.log, [])
})

t.test('tunnel: closing what is idle leaves it, closing all ends it', async (t) => {
  const { contract, lease, exchange, app } = await scene(t)
  app.send(SWITCH)
  await exchange.saw('body:start')
  contract.close(lease.run, 'idle')
  exchange.sends('alive')
  t.equal(await app.bytes(5), 'alive')
  contract.close(lease.run, 'all')
  t.match(await lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED' })
})

t.test('tunnel: its end makes room, whatever the concurrency', async (t) => {
  const upstream = await rawUpstream(t)
  const contract = new HttpContract(systemClock)
  const fn = plainFunction({ concurrency: 1 })
  const opened = (upgrade?: string) => {
    const lease = new ScriptedLease({ endpoint: upstream.endpoint, fn })
    const exchange = new ScriptedExchange({ head: { upgrade } })
    t.teardown(() => exchange.leave('closing'))
    contract.open(lease, exchange)
    return { lease, exchange }
  }
  const first = opened('websocket')
  const app = await upstream.accept()
  await app.message()
  app.send(SWITCH).end()
  await first.exchange.saw('tunnel:end')
  first.exchange.sink?.end()
  await first.lease.released
  const second = opened()
  const next = await upstream.accept()
  await next.message()
  next.send('HTTP/1.1 204 No Content\r\n\r\n')
  t.same(await second.lease.released, { k: 'done' })
})

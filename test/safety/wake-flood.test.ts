/** One client that wakes function after function is stopped; those who use what runs, and other clients, are not. */

import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { WakeRate } from '../../src/proxy/wake-rate.ts'
import { APP } from '../support/command-function.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { defended } from './defended.ts'

const APPS = ['one', 'two', 'three', 'four']
const app = { command: [process.execPath, APP] }
const functions = Object.fromEntries(APPS.map((name) => [name, app]))

t.test(
  'wake flood: what one address may wake is bounded, and says when to come back',
  async (t) => {
    const gateway = await defended(t, { text: { wakeRate: { burst: 2, per: '1h' }, functions } })
    const first = await gateway.ask('/', { fn: 'one' })
    const second = await gateway.ask('/', { fn: 'two' })
    t.strictSame([first.status, second.status], [200, 200], 'loopback counts like any other')
    const third = await gateway.ask('/', { fn: 'three' })
    t.equal(third.status, 429)
    t.match(JSON.parse(third.text), { code: 'RATE_LIMITED', status: 429 })
    const retry = Number(third.headers['retry-after'])
    t.ok(retry > 1_700 && retry <= 1_800, `half an hour for one of two an hour: ${retry}`)
    t.strictSame(gateway.log.all('woke', 'three'), [], 'nothing was woken')
    t.equal((await gateway.status('three')).condition, 'cold')
    const again = await gateway.ask('/', { fn: 'one' })
    t.equal(again.status, 200, 'what runs is served all the same')
    const sample = 'coldfront_wakes_suppressed_total{function="three",reason="rate"}'
    t.equal(await gateway.metric(sample), 1)
  },
)

t.test('wake flood: a paused function answers whoever has no wakes left', async (t) => {
  const idle = { pauseAfter: '10ms' }
  const text = { wakeRate: { burst: 1, per: '1h' }, functions: { one: { ...app, idle } } }
  const gateway = await defended(t, { text })
  t.equal((await gateway.ask('/', { fn: 'one' })).status, 200)
  await gateway.log.until('paused', 'one')
  t.equal((await gateway.ask('/', { fn: 'one' })).headers['x-coldfront-start'], 'resumed')
})

t.test('wake flood: a request without a route costs its client nothing', async (t) => {
  const gateway = await defended(t, { text: { wakeRate: { burst: 1, per: '1h' }, functions } })
  for (let i = 0; i < 5; i += 1) t.equal((await gateway.ask('/', { fn: `no-${i}` })).status, 404)
  t.equal((await gateway.ask('/', { fn: 'one' })).status, 200)
})

t.test('wake flood: a trusted proxy is not taken for its clients', async (t) => {
  const text = { trustedProxies: ['127.0.0.1'], wakeRate: { burst: 1, per: '1h' }, functions }
  const gateway = await defended(t, { text })
  const from = (client: string, fn: string) =>
    gateway.ask('/', { fn, headers: { 'x-forwarded-for': client } })
  t.equal((await from('192.0.2.1', 'one')).status, 200)
  t.equal((await from('192.0.2.1', 'two')).status, 429)
  t.equal((await from('192.0.2.2', 'two')).status, 200)
})

t.test('wake flood: an address that nobody vouches for gives no new wakes', async (t) => {
  const gateway = await defended(t, { text: { wakeRate: { burst: 1, per: '1h' }, functions } })
  const from = (client: string, fn: string) =>
    gateway.ask('/', { fn, headers: { 'x-forwarded-for': client, forwarded: `for=${client}` } })
  t.equal((await from('192.0.2.1', 'one')).status, 200)
  t.equal((await from('192.0.2.2', 'two')).status, 429)
})

t.test('wake flood: a reload that changes nothing of it forgives nobody', async (t) => {
  const gateway = await defended(t, { text: { wakeRate: { burst: 1, per: '1h' }, functions } })
  await gateway.ask('/', { fn: 'one' })
  t.equal(await gateway.reload(), undefined)
  t.equal((await gateway.ask('/', { fn: 'two' })).status, 429)
})

t.test('wake rate: wakes come back with time, up to the burst', async (t) => {
  const clock = new FakeClock()
  const rate = new WakeRate(clock, { burst: 2, perMs: 1_000 })
  t.strictSame([rate.take('a'), rate.take('a'), rate.take('a')], [0, 0, 500])
  t.equal(rate.take('b'), 0, 'another address has its own')
  clock.advance(250)
  t.equal(rate.take('a'), 250, 'asking too early costs nothing')
  clock.advance(250)
  t.equal(rate.take('a'), 0)
  clock.advance(1_000_000)
  t.strictSame([rate.take('a'), rate.take('a'), rate.take('a')], [0, 0, 500])
})

t.test('wake rate: one IPv6 network is one client', async (t) => {
  const rate = new WakeRate(new FakeClock(), { burst: 1, perMs: 1_000 })
  t.equal(rate.take('2001:db8:0:7::1'), 0)
  for (const same of ['2001:db8:0:7:ffff::2', '2001:db8::7:1:2:3:4', '2001:0db8:0:0007::192.0.2.1'])
    t.equal(rate.take(same), 1_000, same)
  for (const other of ['2001:db8:0:8::1', '2001:db8::7:1:2:3', '::1', 'fe80::1'])
    t.equal(rate.take(other), 0, other)
})

t.test('wake rate: addresses without end take no memory without end', async (t) => {
  const rate = new WakeRate(new FakeClock(), { burst: 1, perMs: 1_000 })
  for (let i = 0; i < LIMITS.wakeClientsMax * 3; i += 1) rate.take(`client-${i}`)
  t.equal(rate.size, LIMITS.wakeClientsMax)
  const never = new WakeRate(new FakeClock(), { burst: Infinity, perMs: 1_000 })
  for (let i = 0; i < 100; i += 1) t.equal(never.take('a'), 0)
  t.equal(never.size, 0)
})

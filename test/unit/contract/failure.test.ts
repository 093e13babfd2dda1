import t, { type Test } from 'tap'

import { HttpContract } from '../../../src/contract/http.ts'
import { type Clock, systemClock } from '../../../src/lib/clock.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { rawUpstream } from '../../support/raw-upstream.ts'
import {
  type ExchangeScript,
  type LeaseScript,
  ScriptedExchange,
  ScriptedLease,
  plainFunction,
} from '../../support/scripted-exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const { timeouts } = plainFunction()

async function scene(t: Test, clock: Clock = systemClock) {
  const upstream = await rawUpstream(t)
  const contract = new HttpContract(clock)
  const open = (script: ExchangeScript = {}, over: Partial<LeaseScript> = {}) => {
    const lease = new ScriptedLease({ endpoint: upstream.endpoint, ...over })
    const exchange = new ScriptedExchange(script)
    t.teardown(() => exchange.leave('closing'))
    contract.open(lease, exchange)
    return { lease, exchange }
  }
  /** An exchange that left a connection behind. */
  const warm = async () => {
    const { lease } = open()
    const app = await upstream.accept()
    await app.message()
    app.send(OK)
    await lease.released
    return app
  }
  return { upstream, contract, open, warm }
}

const post = { method: 'POST', body: 4 } as const

t.test('failure: a refused connection sent nothing and touched no body', async (t) => {
  const { upstream, open } = await scene(t)
  await upstream.close()
  const { lease, exchange } = open({ head: post })
  t.match(await lease.released, { k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false })
  t.same(exchange.log, [])
})

t.test('failure: no connection in time', async (t) => {
  const clock = new FakeClock()
  const { open } = await scene(t, clock)
  const { lease } = open()
  clock.advance(timeouts.connectMs)
  t.match(await lease.released, { k: 'failed', code: 'UPSTREAM_CONNECT_TIMEOUT', sent: false })
})

t.test(
  'failure: closed, reset or invalid before the head is told by the outcome alone',
  async (t) => {
    const { upstream, open } = await scene(t)
    const cases = [
      ['UPSTREAM_CLOSED', '', 'end'],
      ['UPSTREAM_CLOSED', '', 'reset'],
      ['UPSTREAM_CLOSED', 'HTTP/1.1 200 OK\r\nX-', 'end'],
      ['UPSTREAM_INVALID', 'SSH-2.0-x\r\n', 'stay'],
      [
        'UPSTREAM_INVALID',
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
        'stay',
      ],
      ['UPSTREAM_INVALID', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n', 'stay'],
      ['UPSTREAM_INVALID', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(1_001)}\r\n`, 'stay'],
      ['UPSTREAM_INVALID', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`, 'stay'],
      [
        'UPSTREAM_INVALID',
        'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
        'stay',
      ],
      ['UPSTREAM_INVALID', 'HTTP/1.1 101 Switching\r\n\r\n', 'stay'],
      ['UPSTREAM_INVALID', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'stay'],
      ['UPSTREAM_INVALID', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'stay'],
    ] as const
    for (const [code, answer, then] of cases) {
      const { lease, exchange } = open()
      const app = await upstream.accept()
      await app.message()
      app.send(answer)
      if (then === 'end') app.end()
      if (then === 'reset') app.reset()
      t.match(await lease.released, { k: 'failed', code, sent: true }, answer.slice(0, 60))
      t.same(exchange.log, [])
      if (then !== 'reset') await app.ended()
    }
  },
)

t.test('failure: after the head the reply is reset', async (t) => {
  const { upstream, open } = await scene(t)
  const heads = [
    'Content-Length: 5',
    'Content-Length: 5\r\nConnection: close',
    'Transfer-Encoding: chunked',
    'Connection: close',
  ]
  for (const head of heads) {
    for (const credit of [1_000, 1]) {
      const { lease, exchange } = open({ credit })
      const app = await upstream.accept()
      await app.message()
      app.send(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n2\r\n`)
      await exchange.until('the first bytes', () => exchange.log.length > 0)
      app.reset()
      // While the client takes nothing, nothing is read, so the reset is found when reading goes on.
      if (credit === 1) exchange.takes(1_000)
      t.match(await lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true }, head)
      t.equal(exchange.log.at(-1), 'reset upstream_broken', `${head}, credit ${credit}`)
    }
  }
})

t.test('failure: a short body resets, a surplus closes the connection', async (t) => {
  const { upstream, open } = await scene(t)
  const short = open()
  const first = await upstream.accept()
  await first.message()
  first.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi').end()
  t.match(await short.lease.released, { k: 'failed', sent: true })
  t.same(short.exchange.log, ['head 200 5', 'reset upstream_broken'])

  const long = open()
  const second = await upstream.accept()
  await second.message()
  second.send(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`)
  t.same(await long.lease.released, { k: 'done' })
  t.equal(long.exchange.received, 'hi')
  await second.ended()
})

t.test('failure: an idle connection that says something is dropped', async (t) => {
  const { upstream, open, warm } = await scene(t)
  const app = await warm()
  app.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
  await app.ended()
  open()
  await upstream.accept()
})

t.test('failure: a reused connection that died is tried once more for GET', async (t) => {
  const { upstream, open, warm } = await scene(t)
  const app = await warm()
  const { lease, exchange } = open()
  await app.message()
  app.reset()
  const fresh = await upstream.accept()
  await fresh.message()
  fresh.send(OK)
  t.same(await lease.released, { k: 'done' })
  t.same(exchange.log, ['head 200 2', 'end'])
})

t.test('failure: what is not idempotent, or was half answered, is not tried again', async (t) => {
  const { upstream, open, warm } = await scene(t)
  let app = await warm()
  const posted = open({ head: { method: 'POST' } })
  await app.message()
  app.end()
  t.match(await posted.lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })

  app = await warm()
  const got = open()
  await app.message()
  app.send('HTTP/1.1 2').end()
  t.match(await got.lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
  t.notOk(upstream.hasPending)
})

t.test(
  'failure: a connection that the instance closed while unused is not used again',
  async (t) => {
    const { upstream, open, warm } = await scene(t)
    const app = await warm()
    app.end()
    await app.ended()
    const { lease, exchange } = open({ head: post })
    const fresh = await upstream.accept()
    await exchange.saw('body:start')
    exchange.sends('data')
    exchange.sink?.end()
    t.equal((await fresh.message()).body, 'data')
    fresh.send(OK)
    t.same(await lease.released, { k: 'done' })
  },
)

t.test('failure: no answer in time, and whose fault a stall is', async (t) => {
  const { upstream, open } = await scene(t)
  const fn = plainFunction({ timeouts: { responseMs: 20, idleMs: 20 } })
  const silent = open({}, { fn })
  t.match(await silent.lease.released, { k: 'failed', code: 'UPSTREAM_TIMEOUT', sent: true })
  const slow = open({ head: post }, { fn })
  t.match(await slow.lease.released, { k: 'failed', code: 'REQUEST_TIMEOUT' })
  await upstream.accept()
  await upstream.accept()
  const stuck = open({}, { fn })
  const app = await upstream.accept()
  app.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi')
  t.match(await stuck.lease.released, { k: 'failed', code: 'UPSTREAM_TIMEOUT' })
  t.equal(stuck.exchange.log.at(-1), 'reset timeout')
})

t.test('failure: a request that HTTP/1.1 cannot express is refused, nothing sent', async (t) => {
  const { open } = await scene(t)
  for (const head of [{ target: '/ x' }, { method: 'A B' }, { fields: ['X', 'a\r\nb'] }]) {
    const { lease } = open({ head })
    t.match(await lease.released, { k: 'failed', code: 'METHOD_UNSUPPORTED', sent: false })
  }
})

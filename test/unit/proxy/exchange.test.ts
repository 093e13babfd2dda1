/** One request's way: lease, hold, departure, failure, retry, account. */

import t from 'tap'

import { noPhases } from '../../../src/domain/admission.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { functionSpec } from '../../support/function-spec.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeLease, get, post, proxyRig } from './rig.ts'

t.test('exchange: a warm request goes straight to its instance and back', async (t) => {
  const rig = await proxyRig(t)
  const lease = rig.lease()
  const client = await rig.ask(get('/a//b?x=%2F'))
  const opened = await rig.contract.opened.next()
  t.equal(opened.exchange.head.target, '/a//b?x=%2F')
  t.equal(opened.exchange.head.host, 'hello.test')
  t.equal(rig.proxy.inFlight.get(rig.fn.id), 1)
  opened.answer(200, 'hi', ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
  const answer = await client.message()
  t.equal(answer.status, 200)
  t.equal(answer.body, 'hi')
  t.same(
    answer.lines.filter((line) => line.startsWith('Set-Cookie')),
    ['Set-Cookie: a=1', 'Set-Cookie: b=2'],
  )
  t.same(lease.outcomes, [{ k: 'done' }])
  t.equal(rig.proxy.inFlight.size, 0)
  const record = await rig.records.next()
  t.match(record, { fn: 'hello', start: 'warm', status: 200, outcome: 'done', bytesOut: 2 })
})

t.test('exchange: a held request is opened when its lease comes', async (t) => {
  const rig = await proxyRig(t)
  const client = await rig.ask(get())
  const { waiter } = await rig.admission.held.next()
  t.equal(rig.contract.opened.size, 0)
  const wake = { ...noPhases(), start: 1 }
  t.equal(waiter.granted(new FakeLease(rig.fn, 'cold', wake)), true)
  ;(await rig.contract.opened.next()).answer(200, 'woken')
  t.equal((await client.message()).body, 'woken')
  t.match(await rig.records.next(), { start: 'cold', wake: { start: 1 }, outcome: 'done' })
})

t.test('exchange: a small body is read while held and handed over in order', async (t) => {
  const rig = await proxyRig(t)
  const client = await rig.ask(post('one two three'))
  const { waiter } = await rig.admission.held.next()
  waiter.granted(new FakeLease(rig.fn, 'cold'))
  const opened = (await rig.contract.opened.next()).read()
  t.same(await opened.ended.next(), [])
  t.equal(opened.body, 'one two three')
  opened.answer(200, 'ok')
  t.equal((await client.message()).body, 'ok')
  t.match(await rig.records.next(), { bytesIn: 13 })
})

for (const how of ['fin', 'reset'] as const) {
  for (const [what, request] of [
    ['GET', get()],
    ['POST of 1 KB', post('x'.repeat(1_024))],
  ] as const) {
    t.test(`exchange: a client that leaves by ${how} leaves the queue (${what})`, async (t) => {
      const rig = await proxyRig(t)
      const client = await rig.ask(request)
      const held = await rig.admission.held.next()
      if (how === 'fin') client.end()
      else client.reset()
      t.equal(await held.left.next(), 'gone')
      t.equal(held.waiter.granted(new FakeLease(rig.fn)), false)
      t.match(await rig.records.next(), { outcome: 'gone', status: 0 })
      t.equal(rig.contract.opened.size, 0)
    })
  }
}

t.test('exchange: a refusal is answered with its row and Retry-After', async (t) => {
  const rig = await proxyRig(t)
  rig.admission.refusal = { code: 'QUEUE_FULL', retryAfterMs: 2_500, cause: 'inside' }
  const answer = await (await rig.ask(get())).message()
  t.equal(answer.status, 503)
  t.ok(answer.lines.includes('Retry-After: 3'))
  t.notMatch(answer.body, 'inside')
  t.match(await rig.records.next(), { outcome: 'refused', error: 'QUEUE_FULL', cause: 'inside' })
})

t.test('exchange: an unreachable instance is tried on another lease', async (t) => {
  const rig = await proxyRig(t)
  const first = rig.lease()
  rig.lease()
  const client = await rig.ask(post('body'))
  ;(await rig.contract.opened.next()).fail({
    k: 'failed',
    code: 'UPSTREAM_UNREACHABLE',
    sent: false,
  })
  t.equal(first.outcomes.length, 1)
  const second = (await rig.contract.opened.next()).read()
  await second.ended.next()
  t.equal(second.body, 'body')
  second.answer(200, 'second')
  t.equal((await client.message()).body, 'second')
  t.equal(rig.records.size, 1)
})

t.test(
  'exchange: a failed connection that cancels an unread body keeps it for the next',
  async (t) => {
    const rig = await proxyRig(t)
    rig.lease()
    const client = await rig.ask(post('body'))
    const first = await rig.contract.opened.next()
    first.exchange.body.reset('cancelled')
    first.fail({ k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false })
    const { waiter } = await rig.admission.held.next()
    waiter.granted(new FakeLease(rig.fn, 'queued'))
    const second = (await rig.contract.opened.next()).read()
    // What the first one says now is of no account.
    first.exchange.body.reset('cancelled')
    await second.ended.next()
    t.equal(second.body, 'body')
    second.answer(200, 'ok')
    t.equal((await client.message()).body, 'ok')
  },
)

t.test('exchange: after a few leases the failure is answered', async (t) => {
  const rig = await proxyRig(t)
  for (let i = 0; i < 5; i += 1) rig.lease()
  rig.contract.script = (opened) =>
    opened.fail({ k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false, cause: 'refused' })
  const answer = await (await rig.ask(get())).message()
  t.equal(answer.status, 502)
  t.equal(rig.admission.takes, LIMITS.attemptsMax)
  t.match(await rig.records.next(), { outcome: 'failed', error: 'UPSTREAM_UNREACHABLE' })
})

t.test('exchange: what may have been sent is not sent again', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  rig.lease()
  const client = await rig.ask(get())
  ;(await rig.contract.opened.next()).fail({ k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
  t.equal((await client.message()).status, 502)
  t.equal(rig.admission.takes, 1)
})

t.test('exchange: a body that was begun is not sent again', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  rig.lease()
  const client = await rig.ask(post('body'))
  const opened = (await rig.contract.opened.next()).read()
  await opened.data.next()
  opened.fail({ k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false })
  t.equal((await client.message()).status, 502)
  t.equal(rig.admission.takes, 1)
})

t.test('exchange: a failure after the head resets the client', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(get())
  const opened = await rig.contract.opened.next()
  opened.exchange.reply.head(200, ['Content-Type', 'text/plain'], 'stream')
  opened.exchange.reply.data(Buffer.from('half'))
  await client.through('half')
  opened.fail({ k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
  t.equal(await client.ended(), 'reset')
  t.match(await rig.records.next(), { outcome: 'failed', status: 200, error: 'UPSTREAM_CLOSED' })
})

t.test('exchange: a response shorter than its length resets the client', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(get())
  const opened = await rig.contract.opened.next()
  opened.exchange.reply.head(200, [], 10)
  opened.exchange.reply.data(Buffer.from('half'))
  await client.through('half')
  opened.exchange.reply.end()
  opened.lease.release({ k: 'done' })
  t.equal(await client.ended(), 'reset')
})

t.test('exchange: a head that cannot be written becomes 502 and ends the exchange', async (t) => {
  for (const [status, fields] of [
    [200, ['X-Bad', 'a\nb']],
    [99, []],
    [1_000, []],
  ] as const) {
    const rig = await proxyRig(t)
    rig.lease()
    const client = await rig.ask(get())
    const opened = await rig.contract.opened.next()
    opened.exchange.reply.head(status, fields, 2)
    t.equal(await opened.gone.next(), 'cancelled')
    opened.exchange.reply.data(Buffer.from('hi'))
    opened.exchange.reply.end()
    opened.lease.release({ k: 'gone' })
    t.equal((await client.message()).status, 502)
    t.match(await rig.records.next(), { error: 'UPSTREAM_INVALID', outcome: 'failed' })
  }
})

t.test(
  'exchange: a contract that throws is answered with 500, and the next request works',
  async (t) => {
    const rig = await proxyRig(t)
    rig.lease()
    rig.contract.script = () => {
      throw new Error('a fault of ours')
    }
    const client = await rig.ask(get())
    const answer = await client.message()
    t.equal(answer.status, 500)
    t.notMatch(answer.body, 'a fault of ours')
    t.match(rig.notices, [{ k: 'notice', level: 'error', message: /a fault of ours/ }])
    t.equal(rig.proxy.inFlight.size, 0)
    rig.contract.script = (opened) => opened.answer(200, 'fine')
    rig.lease()
    client.send(get())
    t.equal((await client.message()).body, 'fine')
  },
)

t.test('exchange: a sink that throws ends its own request alone', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(post('body'))
  const opened = await rig.contract.opened.next()
  opened.exchange.body.start({
    data: () => {
      throw new Error('sink')
    },
    end() {},
    reset() {},
  })
  opened.exchange.body.demand(10)
  t.equal(await opened.gone.next(), 'cancelled')
  opened.lease.release({ k: 'gone' })
  t.equal((await client.message()).status, 500)
})

t.test('exchange: the request timeout answers 504 and tells the contract', async (t) => {
  const clock = new FakeClock()
  const functions = [functionSpec({ timeouts: { requestMs: 1_000 } })]
  const rig = await proxyRig(t, { clock, functions })
  rig.lease()
  const client = await rig.ask(get())
  const opened = await rig.contract.opened.next()
  clock.advance(1_000)
  t.equal(await opened.gone.next(), 'timeout')
  opened.lease.release({ k: 'gone' })
  t.equal((await client.message()).status, 504)
  t.match(await rig.records.next(), {
    error: 'UPSTREAM_TIMEOUT',
    outcome: 'failed',
    totalMs: 1_000,
  })
})

t.test('exchange: the request timeout of a held one leaves the queue', async (t) => {
  const clock = new FakeClock()
  const functions = [functionSpec({ timeouts: { requestMs: 1_000 } })]
  const rig = await proxyRig(t, { clock, functions })
  const client = await rig.ask(get())
  const held = await rig.admission.held.next()
  clock.advance(1_000)
  t.equal(await held.left.next(), 'gone')
  t.equal((await client.message()).status, 504)
  t.match(await rig.records.next(), { error: 'HOLD_TIMEOUT', outcome: 'refused', holdMs: 1_000 })
})

t.test('exchange: a second release throws', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(get())
  const opened = await rig.contract.opened.next()
  opened.answer(200, '')
  t.throws(() => opened.lease.release({ k: 'done' }), /released twice/)
  await client.message()
})

t.test('exchange: the phases of a wake are accounted, the rest is overhead', async (t) => {
  const clock = new FakeClock()
  const rig = await proxyRig(t, { clock, options: { timing: 'trusted' } })
  const client = await rig.ask(get())
  const { waiter } = await rig.admission.held.next()
  clock.advance(100)
  const wake = { ...noPhases(), create: 20, start: 50, probe: 25, probe_slack: 2 }
  waiter.granted(new FakeLease(rig.fn, 'cold', wake))
  const opened = await rig.contract.opened.next()
  clock.advance(1)
  opened.exchange.mark?.('connected')
  clock.advance(7)
  opened.exchange.mark?.('first_byte')
  opened.answer(200, 'hi')
  const { lines } = await client.message()
  t.ok(lines.includes('X-Coldfront-Start: cold'))
  t.ok(
    lines.includes(
      'Server-Timing: hold;dur=100, create;dur=20, start;dur=50, probe;dur=25, probe_slack;dur=2, connect;dur=1, first_byte;dur=7',
    ),
  )
  t.match(await rig.records.next(), {
    holdMs: 100,
    overheadMs: 5,
    connectMs: 1,
    firstByteMs: 7,
    totalMs: 108,
  })
})

t.test('exchange: an unknown host is 404 and wakes nobody', async (t) => {
  const rig = await proxyRig(t)
  const client = await rig.ask('GET / HTTP/1.1\r\nHost: other.test\r\n\r\n')
  t.equal((await client.message()).status, 404)
  t.equal(rig.admission.takes, 0)
  t.match(await rig.records.next(), { fn: undefined, error: 'UNKNOWN_HOST', outcome: 'refused' })
})

t.test(
  'exchange: a held upload whose client would not be seen to leave waits half as long',
  async (t) => {
    const clock = new FakeClock()
    const rig = await proxyRig(t, { clock })
    const start = 'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: '
    const small = await rig.ask(`${start}4\r\n\r\nbody`)
    const smallHeld = await rig.admission.held.next()
    const waiting = await rig.ask(`${start}4\r\nExpect: 100-continue\r\n\r\n`)
    const waitingHeld = await rig.admission.held.next()
    const large = await rig.ask(`${start}1000000\r\n\r\n${'x'.repeat(200_000)}`)
    const largeHeld = await rig.admission.held.next()
    // Another round through the event loop: the bodies are read.
    await (await rig.ask('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).message()
    clock.advance(15_000)
    t.equal(await largeHeld.left.next(), 'gone')
    t.equal((await large.message()).status, 504)
    for (const [client, held] of [
      [small, smallHeld],
      [waiting, waitingHeld],
    ] as const) {
      held.waiter.granted(new FakeLease(rig.fn, 'cold'))
      ;(await rig.contract.opened.next()).answer(200, 'in time')
      t.equal((await client.message()).body, 'in time')
    }
  },
)

t.test(
  'exchange: a contract that throws when told to stop loses its lease, not the process',
  async (t) => {
    const rig = await proxyRig(t)
    const lease = rig.lease()
    const client = await rig.ask(get())
    const opened = await rig.contract.opened.next()
    opened.exchange.onGone(() => {
      throw new Error('cannot stop')
    })
    client.reset()
    t.match(await lease.released.next(), { k: 'failed', code: 'INTERNAL' })
    t.match(await rig.records.next(), { outcome: 'gone' })
    t.match(rig.notices, [{ message: /cannot stop/ }])
  },
)

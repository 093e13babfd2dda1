import t, { type Test } from 'tap'

import { HttpContract } from '../../../src/contract/http.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { rawUpstream } from '../../support/raw-upstream.ts'
import {
  type ExchangeScript,
  type LeaseScript,
  ScriptedExchange,
  ScriptedLease,
} from '../../support/scripted-exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

/** An upstream, a contract, and exchanges opened on it. */
async function scene(t: Test) {
  const upstream = await rawUpstream(t)
  const contract = new HttpContract(systemClock)
  const open = (script: ExchangeScript = {}, over: Partial<LeaseScript> = {}) => {
    const lease = new ScriptedLease({ endpoint: upstream.endpoint, ...over })
    const exchange = new ScriptedExchange(script)
    t.teardown(() => exchange.leave('closing'))
    contract.open(lease, exchange)
    return { lease, exchange }
  }
  return { upstream, contract, open }
}

t.test('forward: a request and its response, byte for byte', async (t) => {
  const { upstream, open } = await scene(t)
  const fields = ['Host', 'hello.test', 'X-B', '1', 'x-a', '\xe9', 'X-B', '2']
  const { lease, exchange } = open({ head: { target: '/a//b/%2e?c|d', fields } })
  const app = await upstream.accept()
  const asked = await app.message()
  t.equal(asked.start, 'GET /a//b/%2e?c|d HTTP/1.1')
  t.same(
    asked.lines.filter((l) => /^x-/i.test(l)),
    ['X-B: 1', 'x-a: \xe9', 'X-B: 2'],
  )
  app.send('HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nset-cookie: \xff\r\nContent-Length: 2\r\n\r\nhi')
  t.same(await lease.released, { k: 'done' })
  t.same(exchange.log, ['head 200 2', 'end'])
  t.equal(exchange.received, 'hi')
  t.same(exchange.fields, ['Set-Cookie', 'a', 'set-cookie', '\xff', 'Content-Length', '2'])
  t.same(exchange.marks, ['connected', 'first_byte'])
})

t.test(
  'forward: the next exchange of a run takes the same connection, another run never does',
  async (t) => {
    const { upstream, open } = await scene(t)
    const first = open()
    const app = await upstream.accept()
    await app.message()
    app.send(OK)
    await first.lease.released
    const second = open({ head: { target: '/second' } })
    t.match((await app.message()).start, '/second')
    app.send(OK)
    await second.lease.released
    t.equal(upstream.accepted, 1)
    open({}, { run: 'run-2' })
    await upstream.accept()
    t.equal(upstream.accepted, 2)
  },
)

t.test('forward: a body of known length keeps it, and the credit is bounded', async (t) => {
  const { upstream, open } = await scene(t)
  const size = 16_000_000
  const fields = ['Host', 'hello.test', 'Content-Length', String(size)]
  const { lease, exchange } = open({ head: { method: 'POST', fields, body: size } })
  const app = await upstream.accept()
  app.pause()
  await exchange.saw('body:start')
  t.ok(exchange.demanded <= 65_536)
  for (let sent = 0; sent < size;) {
    const part = Math.min(size, exchange.demanded) - sent
    exchange.sends('x'.repeat(part))
    sent += part
    if (sent === size) break
    // Every buffer is full before the upstream reads on.
    if (exchange.demanded <= sent) app.resume()
    await exchange.until('more credit', () => exchange.demanded > sent)
  }
  exchange.sink?.end()
  const asked = await app.message()
  t.equal(asked.framing, 'length')
  t.equal(asked.body.length, size)
  app.send(OK)
  t.same(await lease.released, { k: 'done' })
})

t.test('forward: a stream is sent in chunks, whatever the method', async (t) => {
  const { upstream, open } = await scene(t)
  for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS']) {
    const { lease, exchange } = open({ head: { method, body: 'stream' } }, { run: method })
    await exchange.saw('body:start')
    exchange.sends('abc')
    const app = await upstream.accept()
    await app.head()
    exchange.sends('defg')
    exchange.sink?.end()
    await app.through('0\r\n\r\n')
    app.send(OK)
    t.same(await lease.released, { k: 'done' }, method)
  }
})

t.test('forward: the response is read only as fast as the client takes it', async (t) => {
  const { upstream, open } = await scene(t)
  const { lease, exchange } = open({ credit: 1_000 })
  const app = await upstream.accept()
  await app.message()
  const size = 8_000_000
  app.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`).send('x'.repeat(size))
  await exchange.until('the first bytes', () => exchange.received.length > 0)
  // A round trip on another connection: the loop has had its turns to read more.
  for (let i = 0; i < 3; i += 1) {
    const other = open()
    const another = await upstream.accept()
    await another.message()
    another.send(OK).end()
    await other.lease.released
  }
  t.ok(exchange.received.length <= 1_000 + 65_536, `read ${exchange.received.length}`)
  exchange.takes(size)
  t.same(await lease.released, { k: 'done' })
  t.equal(exchange.received.length, size)
})

t.test('forward: 1xx are relayed, trailers follow the body', async (t) => {
  const { upstream, open } = await scene(t)
  const { lease, exchange } = open()
  const app = await upstream.accept()
  await app.message()
  app.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
  await exchange.saw('interim 103')
  app.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n')
  t.same(await lease.released, { k: 'done' })
  t.same(exchange.log, ['interim 103', 'head 200 stream', 'end'])
  t.same(exchange.trailers, ['X-Sum', '7'])
})

t.test('forward: HEAD, 204 and 304 have no body, whatever their fields say', async (t) => {
  const { upstream, open } = await scene(t)
  const answers = [
    ['HEAD', '200 OK\r\nContent-Length: 5'],
    ['GET', '204 No Content'],
    ['GET', '304 Not Modified\r\nContent-Length: 5'],
  ] as const
  for (const [method, answer] of answers) {
    const { lease, exchange } = open({ head: { method } }, { run: answer })
    const app = await upstream.accept()
    await app.message()
    app.send(`HTTP/1.1 ${answer}\r\n\r\n`)
    t.same(await lease.released, { k: 'done' }, answer)
    t.same(exchange.log, [`head ${answer.slice(0, 3)} none`, 'end'])
  }
})

t.test('forward: Expect is answered when the instance is there', async (t) => {
  const { upstream, open } = await scene(t)
  const { lease, exchange } = open({ head: { method: 'PUT', body: 3, expectsContinue: true } })
  t.same(exchange.log, [])
  await exchange.saw('body:start')
  t.same(exchange.log, ['interim 100', 'body:start'])
  exchange.sends('abc')
  exchange.sink?.end()
  const app = await upstream.accept()
  t.equal((await app.message()).body, 'abc')
  app.send(OK)
  t.same(await lease.released, { k: 'done' })
})

t.test(
  'forward: a stalled client and a response without length, which ends meanwhile',
  async (t) => {
    const { upstream, open } = await scene(t)
    const { lease, exchange } = open({ credit: 2 })
    const app = await upstream.accept()
    await app.message()
    app.send('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi').end()
    await exchange.until('the body', () => exchange.received === 'hi')
    // A round trip elsewhere: the end has had its turns to be seen.
    const other = open({}, { run: 'run-2' })
    const another = await upstream.accept()
    await another.message()
    another.send(OK)
    await other.lease.released
    exchange.takes(1)
    t.same(await lease.released, { k: 'done' })
    t.same(exchange.log, ['head 200 stream', 'end'])
  },
)

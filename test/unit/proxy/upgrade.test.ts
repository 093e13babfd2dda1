/** Upgraded connections: who gets one, what becomes of early bytes, how they end. */

import t from 'tap'

import type { Reply, Sink } from '../../../src/domain/exchange.ts'
import { FakeLease, Inbox, type Opened, get, post, proxyRig } from './rig.ts'

const upgrade = (...lines: string[]): string =>
  get('/chat', 'Connection: keep-alive, Upgrade', 'Upgrade: websocket', ...lines)

/** The far end of a tunnel, as the contract has it. */
class Far {
  readonly ends: ReturnType<Reply['tunnel']>
  readonly heard = new Inbox<string>('word')
  credit = 0

  constructor(opened: Opened) {
    this.ends = opened.exchange.reply.tunnel([
      'Upgrade',
      'websocket',
      'Connection',
      'Upgrade',
      'X-A',
      '1',
    ])
    const sink: Sink = {
      data: (bytes) => this.heard.put(Buffer.from(bytes).toString('latin1')),
      end: () => this.heard.put('END'),
      reset: (code) => this.heard.put(code),
    }
    this.ends.source.start(sink)
    this.ends.source.demand(65_536)
    this.ends.sink.onDemand((bytes) => (this.credit += bytes))
  }

  say(text: string): void {
    this.ends.sink.data(Buffer.from(text, 'latin1'))
  }
}

t.test('upgrade: the connection becomes two byte streams, each ending on its own', async (t) => {
  const rig = await proxyRig(t)
  const lease = rig.lease()
  const client = await rig.ask(upgrade('Sec-WebSocket-Key: k'))
  const opened = await rig.contract.opened.next()
  t.equal(opened.exchange.head.upgrade, 'websocket')
  t.ok(opened.exchange.head.fields.includes('Sec-WebSocket-Key'))
  const far = new Far(opened)
  far.say('welcome')
  const head = await client.head()
  t.match(head.start, 'HTTP/1.1 101 ')
  t.same(head.lines, ['Upgrade: websocket', 'X-A: 1', 'Connection: Upgrade'])
  await client.through('welcome')
  client.send('hello')
  t.equal(await far.heard.next(), 'hello')
  client.end()
  t.equal(await far.heard.next(), 'END')
  far.say('still here')
  await client.through('still here')
  far.ends.sink.end()
  t.equal(await client.ended(), 'fin')
  opened.lease.release({ k: 'done' })
  t.same(lease.outcomes, [{ k: 'done' }])
  t.match(await rig.records.next(), {
    status: 101,
    upgraded: true,
    bytesIn: 5,
    bytesOut: 17,
    outcome: 'done',
  })
})

t.test('upgrade: bytes that come with the head or while held are kept in order', async (t) => {
  const rig = await proxyRig(t)
  const client = await rig.ask(`${upgrade()}one `)
  const { waiter } = await rig.admission.held.next()
  client.send('two')
  waiter.granted(new FakeLease(rig.fn, 'cold'))
  const far = new Far(await rig.contract.opened.next())
  let text = ''
  while (text.length < 7) text += await far.heard.next()
  t.equal(text, 'one two')
})

t.test('upgrade: a client that leaves while held leaves the queue', async (t) => {
  for (const how of ['end', 'reset'] as const) {
    const rig = await proxyRig(t)
    const client = await rig.ask(upgrade())
    const held = await rig.admission.held.next()
    client[how]()
    t.equal(await held.left.next(), 'gone')
  }
})

t.test('upgrade: another answer is an ordinary response, and the connection goes on', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  rig.lease()
  const client = await rig.ask(upgrade())
  ;(await rig.contract.opened.next()).answer(403, 'no')
  const answer = await client.message()
  t.equal(answer.status, 403)
  t.equal(answer.body, 'no')
  client.send(get('/next'))
  ;(await rig.contract.opened.next()).answer(200, 'next')
  t.equal((await client.message()).body, 'next')
})

t.test('upgrade: an error before the lease is a problem document', async (t) => {
  const rig = await proxyRig(t)
  rig.admission.refusal = { code: 'START_FAILED' }
  const answer = await (await rig.ask(upgrade())).message()
  t.equal(answer.status, 502)
  t.match(JSON.parse(answer.body), { code: 'START_FAILED' })
})

t.test(
  'upgrade: h2c, other methods, 1.0 and requests with a body are ordinary requests',
  async (t) => {
    const rig = await proxyRig(t)
    const asked = ['Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABk']
    const requests = [
      get('/', ...asked, 'Upgrade: h2c'),
      post('', ...asked, 'Upgrade: websocket'),
      post('body', ...asked, 'Upgrade: websocket'),
      get('/', 'Upgrade: websocket'),
      `GET / HTTP/1.0\r\nHost: hello.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    ]
    for (const request of requests) {
      rig.lease()
      const client = await rig.ask(request)
      const opened = (await rig.contract.opened.next()).read()
      t.equal(opened.exchange.head.upgrade, undefined)
      const names = opened.exchange.head.fields.map((field) => field.toLowerCase())
      t.notOk(names.includes('upgrade') || names.includes('http2-settings'))
      await opened.ended.next()
      opened.answer(200, 'plain')
      t.equal((await client.message()).body, 'plain')
    }
  },
)

t.test('upgrade: a reset on either side ends both', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(upgrade())
  const opened = await rig.contract.opened.next()
  const far = new Far(opened)
  await client.head()
  client.reset()
  t.equal(await far.heard.next(), 'client_gone')
  t.equal(await opened.gone.next(), 'client_gone')
  opened.lease.release({ k: 'gone' })
  t.match(await rig.records.next(), { outcome: 'gone', status: 101 })

  rig.lease()
  const other = await rig.ask(upgrade())
  const second = await rig.contract.opened.next()
  const end = new Far(second)
  await other.head()
  end.ends.sink.reset('upstream_broken')
  t.equal(await other.ended(), 'reset')
  second.lease.release({ k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
})

t.test('upgrade: the credit of a tunnel is bounded by what the client takes', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(upgrade())
  const far = new Far(await rig.contract.opened.next())
  await client.head()
  client.pause()
  const size = 65_536
  t.equal(far.credit, size)
  const sent = 400
  for (let i = 0; i < sent; i += 1) far.ends.sink.data(Buffer.alloc(size))
  t.ok(far.credit < sent * size)
  client.resume()
  await client.receivedAtLeast(sent * size)
})

t.test('upgrade: a request pipelined behind another one is upgraded in its turn', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  rig.lease()
  const client = await rig.ask(get('/1') + upgrade())
  const first = await rig.contract.opened.next()
  first.answer(200, 'one')
  t.equal((await client.message()).body, 'one')
  const second = await rig.contract.opened.next()
  t.equal(second.exchange.head.upgrade, 'websocket')
  second.answer(200, 'two')
  t.equal((await client.message()).body, 'two')
})

/** The listener on the wire: what it refuses, how it frames, how connections end. */

import t from 'tap'

import { FakeClock } from '../../support/fake-clock.ts'
import type { RawConnection } from '../../support/raw-connection.ts'
import { type Opened, OPTIONS, get, proxyRig } from './rig.ts'

const echo = (opened: Opened): void => opened.answer(200, opened.exchange.head.target)

/** Requests that are refused without a look at any route. */
const REFUSED: readonly (readonly [what: string, request: string, status: number, code: string])[] =
  [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'BAD_HOST'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: hello.test\r\nHost: a\r\n\r\n', 400, 'BAD_HOST'],
    ['a Host with two ports', 'GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n', 400, 'BAD_HOST'],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400, 'BAD_HOST'],
    ['a Host beyond ASCII', 'GET / HTTP/1.1\r\nHost: b\xfccher.test\r\n\r\n', 400, 'BAD_HOST'],
    ['two codings', get('/', 'Transfer-Encoding: gzip, chunked'), 501, 'METHOD_UNSUPPORTED'],
    [
      'a coding and a length',
      get('/', 'Transfer-Encoding: chunked', 'Content-Length: 3'),
      400,
      'BAD_FRAMING',
    ],
    [
      'a coding in 1.0',
      'POST / HTTP/1.0\r\nHost: hello.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'BAD_FRAMING',
    ],
    ['two lengths', get('/', 'Content-Length: 3', 'Content-Length: 3'), 400, 'BAD_FRAMING'],
    ['a signed length', get('/', 'Content-Length: +3'), 400, 'BAD_FRAMING'],
    ['a folded line', get('/', 'A: b', ' c'), 400, 'BAD_REQUEST'],
    ['a space before the colon', get('/', 'A : b'), 400, 'BAD_REQUEST'],
    ['a bare LF', 'GET / HTTP/1.1\nHost: hello.test\n\n', 400, 'BAD_REQUEST'],
    ['rubbish', '\x16\x03\x01\x02rubbish\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'HTTP/2.0 in the request line',
      'GET / HTTP/2.0\r\nHost: hello.test\r\n\r\n',
      505,
      'VERSION_UNSUPPORTED',
    ],
    [
      'a method longer than any',
      `${'A'.repeat(33)} / HTTP/1.1\r\nHost: hello.test\r\n\r\n`,
      501,
      'METHOD_UNSUPPORTED',
    ],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: hello.test\r\n\r\n', 501, 'METHOD_UNSUPPORTED'],
    [
      'CONNECT',
      'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n',
      501,
      'METHOD_UNSUPPORTED',
    ],
    ['* with GET', 'GET * HTTP/1.1\r\nHost: hello.test\r\n\r\n', 400, 'BAD_REQUEST'],
    ['a fragment', get('/a#b'), 400, 'BAD_REQUEST'],
    ['an unknown expectation', get('/', 'Expect: wonders'), 417, 'EXPECTATION_FAILED'],
    ['a long target', get(`/${'a'.repeat(9_000)}`), 414, 'TARGET_TOO_LONG'],
    ['a target longer than the head may be', get(`/${'a'.repeat(40_000)}`), 414, 'TARGET_TOO_LONG'],
    [
      'many fields',
      get('/', ...Array.from({ length: 101 }, (_, i) => `X-${i}: 1`)),
      431,
      'HEAD_TOO_LARGE',
    ],
    ['a long field', get('/', `X: ${'a'.repeat(20_000)}`), 431, 'HEAD_TOO_LARGE'],
  ]

t.test(
  'listener: a request that is not acceptable is answered, and its connection ends',
  async (t) => {
    const rig = await proxyRig(t)
    for (const [what, request, status, code] of REFUSED) {
      const client = await rig.ask(request)
      const answer = await client.message()
      t.equal(answer.status, status, what)
      t.match(JSON.parse(answer.body), { code, status }, what)
      t.ok(answer.lines.includes('Connection: close'), what)
      t.equal(await client.ended(), 'fin', what)
      t.match(await rig.records.next(), { error: code, outcome: 'refused' }, what)
    }
    t.equal(rig.admission.takes, 0)
  },
)

t.test('listener: an absolute target gives Host and origin-form', async (t) => {
  const rig = await proxyRig(t)
  const cases = [
    ['http://hello.test:8080/a?b', '/a?b', 'hello.test:8080'],
    ['HTTP://Hello.Test', '/', 'Hello.Test'],
    ['http://hello.test?q', '/?q', 'hello.test'],
  ] as const
  for (const [target, origin, host] of cases) {
    rig.lease()
    const client = await rig.ask(`GET ${target} HTTP/1.1\r\nHost: other.test\r\n\r\n`)
    const opened = await rig.contract.opened.next()
    t.equal(opened.exchange.head.target, origin)
    t.same(opened.exchange.head.fields.slice(0, 2), ['Host', host])
    opened.answer(204, '')
    await client.message()
  }
})

t.test(
  'listener: OPTIONS with Max-Forwards: 0 is answered here, with more it is passed on',
  async (t) => {
    const rig = await proxyRig(t)
    const ask = (max: number) =>
      rig.ask(`OPTIONS * HTTP/1.1\r\nHost: hello.test\r\nMax-Forwards: ${max}\r\n\r\n`)
    t.equal((await (await ask(0)).message()).status, 204)
    t.equal(rig.admission.takes, 0)
    rig.lease()
    const client = await ask(3)
    const opened = await rig.contract.opened.next()
    const { fields, target } = opened.exchange.head
    t.equal(target, '*')
    t.equal(fields[fields.indexOf('Max-Forwards') + 1], '2')
    opened.answer(200, '')
    await client.message()
  },
)

t.test('listener: pipelined requests are answered in order', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  rig.lease()
  const client = await rig.ask(get('/1') + get('/2'))
  const first = await rig.contract.opened.next()
  first.answer(200, 'first')
  const second = await rig.contract.opened.next()
  second.answer(200, 'second')
  t.equal((await client.message()).body, 'first')
  t.equal((await client.message()).body, 'second')
})

t.test(
  'listener: beyond its number of connections it ends new ones, until others have gone',
  async (t) => {
    const request = { ...OPTIONS.request, connectionsMax: 2 }
    const rig = await proxyRig(t, { options: { request } })
    const answered = async (client: RawConnection): Promise<string> => {
      rig.lease()
      client.send(get('/'))
      const opened = await rig.contract.opened.next()
      opened.answer(200, 'here')
      return (await client.message()).body
    }
    const first = await rig.client()
    t.equal(await answered(first), 'here')
    t.equal(await answered(await rig.client()), 'here')
    const third = await rig.client()
    t.ok(await third.ended())
    first.end()
    await first.closed()
    t.equal(await answered(await rig.client()), 'here')
  },
)

t.test('listener: rubbish after a request is answered after its response', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(`${get('/1')}rubbish\r\n\r\n`)
  const first = await rig.contract.opened.next()
  first.answer(200, 'first')
  t.equal((await client.message()).body, 'first')
  t.equal((await client.message()).status, 400)
  t.equal(await client.ended(), 'fin')
})

t.test('listener: a chunk that is broken ends the exchange with 400', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(
    'POST / HTTP/1.1\r\nHost: hello.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  )
  const opened = (await rig.contract.opened.next()).read()
  await opened.data.next()
  client.send('0x5\r\nhello\r\n0\r\n\r\n')
  t.equal(await opened.gone.next(), 'client_broken')
  opened.lease.release({ k: 'gone' })
  const answer = await client.message()
  t.equal(answer.status, 400)
  t.match(JSON.parse(answer.body), { code: 'BAD_FRAMING' })
  t.equal(await client.ended(), 'fin')
  t.match(await rig.records.next(), { outcome: 'failed', error: 'BAD_FRAMING' })
})

t.test(
  'listener: a client that leaves in the middle of its body is told to the contract',
  async (t) => {
    const rig = await proxyRig(t)
    rig.lease()
    const client = await rig.ask(
      'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: 10\r\n\r\nhalf',
    )
    const opened = (await rig.contract.opened.next()).read()
    await opened.data.next()
    client.reset()
    t.equal(await opened.gone.next(), 'client_gone')
    opened.lease.release({ k: 'gone' })
    t.match(await rig.records.next(), { outcome: 'gone', bytesIn: 4 })
  },
)

t.test(
  'listener: 100 (Continue) is sent when the lease is there and the body wanted',
  async (t) => {
    const rig = await proxyRig(t)
    const client = await rig.ask(
      'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n',
    )
    const { waiter } = await rig.admission.held.next()
    t.equal(client.received, 0)
    waiter.granted(rig.lease())
    const opened = await rig.contract.opened.next()
    t.equal(opened.exchange.head.fields.includes('Expect'), false)
    opened.read()
    opened.exchange.reply.interim(100, [])
    t.equal((await client.message()).status, 100)
    client.send('body')
    await opened.ended.next()
    opened.answer(200, 'ok')
    t.equal((await client.message()).status, 200)
  },
)

t.test(
  'listener: a final answer without reading the body comes without 100 and ends the connection',
  async (t) => {
    const rig = await proxyRig(t)
    rig.lease()
    const client = await rig.ask(
      'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n',
    )
    ;(await rig.contract.opened.next()).answer(401, 'no')
    const answer = await client.message()
    t.equal(answer.status, 401)
    t.ok(answer.lines.includes('Connection: close'))
    t.equal(await client.ended(), 'fin')
  },
)

t.test('listener: an early answer to an upload is not lost to a reset', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(
    'POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: 9000000\r\n\r\n',
  )
  client.send(Buffer.alloc(300_000))
  const opened = (await rig.contract.opened.next()).read(65_536)
  await opened.data.next()
  opened.exchange.reply.head(413, [], 7)
  opened.exchange.reply.data(Buffer.from('too big'))
  opened.exchange.reply.end()
  opened.exchange.body.reset('cancelled')
  opened.lease.release({ k: 'done' })
  client.send(Buffer.alloc(300_000))
  const answer = await client.message()
  t.equal(answer.body, 'too big')
  t.ok(answer.lines.includes('Connection: close'))
  t.equal(await client.ended(), 'fin')
})

t.test('listener: interim responses are relayed to 1.1 and not to 1.0', async (t) => {
  const rig = await proxyRig(t)
  rig.contract.script = (opened) => {
    opened.exchange.reply.interim(103, ['Link', '</a>; rel=preload', 'Connection', 'x'])
    opened.answer(200, 'done')
  }
  rig.lease()
  const client = await rig.ask(get())
  t.same((await client.head()).lines, ['Link: </a>; rel=preload'])
  t.equal((await client.message()).body, 'done')
  rig.lease()
  const old = await rig.ask('GET / HTTP/1.0\r\nHost: hello.test\r\n\r\n')
  t.equal((await old.message()).status, 200)
})

t.test('listener: a stream goes as chunks to 1.1 and until close to 1.0', async (t) => {
  const rig = await proxyRig(t)
  rig.contract.script = ({ exchange: { reply }, lease }) => {
    reply.head(200, ['Trailer', 'X-Sum', 'Content-Length', '3'], 'stream')
    reply.data(Buffer.from('one'))
    reply.data(Buffer.from('two'))
    reply.end(['X-Sum', '6', 'Content-Length', '1', 'Authorization', 'no'])
    lease.release({ k: 'done' })
  }
  rig.lease()
  const answer = await (await rig.ask(get())).message()
  t.equal(answer.framing, 'chunked')
  t.equal(answer.body, 'onetwo')
  t.same(answer.trailers, ['X-Sum: 6'])
  t.ok(answer.lines.includes('Trailer: X-Sum'))
  rig.lease()
  const old = await (await rig.ask('GET / HTTP/1.0\r\nHost: hello.test\r\n\r\n')).message()
  t.equal(old.framing, 'close')
  t.equal(old.body, 'onetwo')
  t.notMatch(old.lines.join(), /trailer/i)
})

t.test('listener: a 1.0 client gets a reset, not an end, when its stream breaks', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask('GET / HTTP/1.0\r\nHost: hello.test\r\n\r\n')
  const opened = await rig.contract.opened.next()
  opened.exchange.reply.head(200, [], 'stream')
  opened.exchange.reply.data(Buffer.from('half'))
  await client.through('half')
  opened.exchange.reply.reset('upstream_broken')
  opened.lease.release({ k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
  t.equal(await client.ended(), 'reset')
})

t.test('listener: keep-alive of 1.0 is honoured', async (t) => {
  const rig = await proxyRig(t)
  rig.contract.script = echo
  rig.lease()
  rig.lease()
  const request = 'GET / HTTP/1.0\r\nHost: hello.test\r\nConnection: keep-alive\r\n\r\n'
  const client = await rig.ask(request)
  await client.message()
  client.send(request)
  t.equal((await client.message()).status, 200)
})

t.test(
  'listener: HEAD, 204 and 304 carry no body and keep the length that is allowed',
  async (t) => {
    const rig = await proxyRig(t)
    const length = ['Content-Length', '5'] as const
    const ask = async (method: string, status: number): Promise<readonly string[]> => {
      rig.lease()
      const client = await rig.ask(`${method} / HTTP/1.1\r\nHost: hello.test\r\n\r\n`)
      const opened = await rig.contract.opened.next()
      opened.exchange.reply.head(status, length, 'none')
      opened.exchange.reply.end()
      opened.lease.release({ k: 'done' })
      const { lines } = await client.message('bodyless')
      rig.lease()
      client.send(get())
      const again = await rig.contract.opened.next()
      again.answer(200, 'next')
      t.equal((await client.message()).body, 'next')
      return lines
    }
    t.ok((await ask('HEAD', 200)).includes('Content-Length: 5'))
    t.ok((await ask('GET', 304)).includes('Content-Length: 5'))
    t.notOk((await ask('GET', 204)).includes('Content-Length: 5'))
  },
)

t.test('listener: the head of a stream goes out before its first byte', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(get())
  const opened = await rig.contract.opened.next()
  opened.exchange.reply.head(200, ['Content-Type', 'text/event-stream'], 'stream')
  t.equal((await client.head()).status, 200)
  opened.exchange.reply.data(Buffer.from('data: 1\n\n'))
  await client.through('data: 1')
  opened.exchange.reply.end()
  opened.lease.release({ k: 'done' })
})

t.test('listener: field bytes above ASCII survive in both directions', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const client = await rig.ask(get('/', 'X-Name: \xfcber'))
  const opened = await rig.contract.opened.next()
  t.ok(opened.exchange.head.fields.includes('\xfcber'))
  opened.answer(200, 'ok', ['Content-Length', '2', 'Content-Disposition', 'filename=\xfc'])
  t.ok((await client.message()).lines.includes('Content-Disposition: filename=\xfc'))
})

t.test(
  'listener: a client that does not read stops the credit, and gets all when it does',
  async (t) => {
    const rig = await proxyRig(t)
    rig.lease()
    const client = await rig.ask(get())
    const opened = await rig.contract.opened.next()
    const { reply } = opened.exchange
    client.pause()
    const chunk = Buffer.alloc(65_536, 97)
    const chunks = 400
    let credit = 0
    let sent = 0
    let most = 0
    const push = (): void => {
      while (credit > 0 && sent < chunks) {
        credit -= chunk.length
        sent += 1
        reply.data(chunk)
      }
      if (sent === chunks) {
        sent += 1
        reply.end()
        opened.lease.release({ k: 'done' })
      }
    }
    reply.head(200, [], chunk.length * chunks)
    reply.onDemand((bytes) => {
      credit += bytes
      most = Math.max(most, credit)
      push()
    })
    t.ok(sent < chunks, 'the system took less than all')
    client.resume()
    await client.receivedAtLeast(chunk.length * chunks)
    t.ok(most <= 65_536, 'never more credit than the window')
  },
)

t.test('listener: a body is read only as far as there is credit', async (t) => {
  const rig = await proxyRig(t)
  rig.lease()
  const size = 8_000_000
  const client = await rig.ask(
    `POST / HTTP/1.1\r\nHost: hello.test\r\nContent-Length: ${size}\r\n\r\n`,
  )
  client.send(Buffer.alloc(size, 97))
  const opened = (await rig.contract.opened.next()).read(1_000)
  await opened.data.next()
  t.ok(opened.body.length <= 1_000 + 65_536)
  t.ok(client.unsent > 0)
  opened.exchange.body.demand(size)
  await opened.ended.next()
  t.equal(opened.body.length, size)
  opened.answer(200, 'ok')
  t.equal((await client.message()).status, 200)
})

t.test('listener: a head that does not come in time is answered with 408', async (t) => {
  const rig = await proxyRig(t, { request: { headTimeoutMs: 50 } })
  const client = await rig.ask('GET / HTTP/1.1\r\nHost: hello')
  const answer = await client.message()
  t.equal(answer.status, 408)
  t.equal(await client.ended(), 'fin')
  const silent = await rig.client()
  await silent.ended()
  t.equal(silent.received, 0)
})

t.test('listener: problems are JSON unless HTML is asked for, and HEAD gets no body', async (t) => {
  const rig = await proxyRig(t)
  const client = await rig.ask('GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*;q=0.8\r\n\r\n')
  const page = await client.message()
  t.ok(page.lines.includes('Content-Type: text/html; charset=utf-8'))
  client.send('GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n')
  const problem = await client.message()
  t.ok(problem.lines.includes('Content-Type: application/problem+json'))
  t.match(JSON.parse(problem.body), { status: 404, code: 'UNKNOWN_HOST', instance: /./ })
  client.send('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(await client.message('bodyless'), { status: 404 })
  client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  t.equal((await client.message()).status, 404)
})

t.test('listener: a complete answer that nobody takes is cut off in time', async (t) => {
  const clock = new FakeClock()
  const rig = await proxyRig(t, { clock })
  rig.lease()
  const client = await rig.ask(get())
  client.pause()
  const opened = await rig.contract.opened.next()
  const size = 30_000_000
  opened.exchange.reply.head(200, [], size)
  opened.exchange.reply.data(Buffer.alloc(size))
  opened.exchange.reply.end()
  opened.lease.release({ k: 'done' })
  clock.advance(30_000)
  client.resume()
  t.equal(await client.closed(), 'reset')
})

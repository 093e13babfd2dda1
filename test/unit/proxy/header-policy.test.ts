/** What functions and clients get to see of each other's fields. */

import { randomFillSync } from 'node:crypto'

import t from 'tap'

import { noPhases } from '../../../src/domain/admission.ts'
import type { Fields } from '../../../src/domain/exchange.ts'
import { judgeHead } from '../../support/head-oracle.ts'
import { allowedTrailers } from '../../../src/proxy/hop-by-hop.ts'
import { Identifiers, isTraceparent } from '../../../src/proxy/identifiers.ts'
import { vet } from '../../../src/proxy/request-fields.ts'
import {
  DateField,
  interimFields,
  responseFields,
  seesTiming,
  timingFields,
  upgradeFields,
} from '../../../src/proxy/response-fields.ts'
import { Tracing } from '../../../src/proxy/tracing.ts'
import { TrustedProxies, entryAddress } from '../../../src/proxy/trusted-proxies.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const TRUSTED = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'])
const policy = { trusted: TRUSTED, identifiers: new Identifiers(randomFillSync) }

/** The policy applied to a GET with these fields from that address. */
function vetted(address: string, fields: Fields, method = 'GET', tracing?: Tracing) {
  const head = judgeHead(
    {
      method,
      target: '/',
      version: '1.1',
      fields: ['Host', 'Shop.Example:8080', ...fields],
      ownAuthority: 'x',
    },
    { fieldsMax: 100, targetMax: 100 },
  )
  const result = vet(
    { head, link: { address, port: 8_080, proto: 'http' } },
    { ...policy, tracing },
  )
  return {
    ...result,
    all: (name: string): string[] =>
      result.head.fields.filter((_, i, all) => i % 2 === 1 && all[i - 1]!.toLowerCase() === name),
    names: result.head.fields.filter((_, i) => i % 2 === 0),
  }
}

t.test('request: fields keep order, case, repetition and bytes', (t) => {
  const { head } = vetted('203.0.113.9', [
    'ACCEPT',
    'a',
    'Cookie',
    'a=1',
    'cookie',
    'b=2',
    'X',
    '\xe4',
  ])
  t.same(head.fields.slice(0, 10), [
    'Host',
    'Shop.Example:8080',
    'ACCEPT',
    'a',
    'Cookie',
    'a=1',
    'cookie',
    'b=2',
    'X',
    '\xe4',
  ])
  t.end()
})

t.test('request: hop-by-hop fields and those named in Connection are dropped', (t) => {
  const { names } = vetted('203.0.113.9', [
    'Connection',
    'close, X-One,,',
    'connection',
    ' X-TWO ',
    'Connection',
    '',
    'X-One',
    '1',
    'x-two',
    '2',
    'X-Three',
    '3',
    'Keep-Alive',
    '1',
    'Proxy-Connection',
    'x',
    'TE',
    'gzip',
    'Upgrade',
    'h2c',
    'HTTP2-Settings',
    'x',
    'Proxy-Authorization',
    'x',
    'Proxy',
    'x',
    'Expect',
    '100-continue',
  ])
  t.same(names.slice(0, 3), ['Host', 'X-Three', 'Via'])
  t.end()
})

t.test('request: what routing, framing and identity need survives being named', (t) => {
  const named = ['Authorization', 'Content-Length', 'Cookie', 'Host', 'X-Forwarded-For', 'Via']
  const { all } = vetted('203.0.113.9', [
    'Connection',
    named.join(', '),
    'Authorization',
    'Basic x',
    'Content-Length',
    '3',
    'Cookie',
    'a=b',
    'Via',
    '1.1 other',
  ])
  t.same(all('authorization'), ['Basic x'])
  t.same(all('content-length'), ['3'])
  t.same(all('cookie'), ['a=b'])
  t.same(all('host'), ['Shop.Example:8080'])
  t.match(all('via'), ['1.1 other', /^1\.1 coldfront-[0-9a-f]{8}$/])
  t.same(all('x-forwarded-for'), ['203.0.113.9'])
  t.end()
})

t.test('request: an untrusted peer cannot say who it is', (t) => {
  const { all, peer } = vetted('203.0.113.9', [
    'X-Forwarded-For',
    '1.2.3.4',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'evil',
    'X-Forwarded-Port',
    '1',
    'Forwarded',
    'for=1.2.3.4',
    'X-Request-Id',
    'mine',
    'x_forwarded_for',
    '1.2.3.4',
    'Content_Length',
    '9',
    'X_Forwarded-Proto',
    'https',
    'x_fine',
    '1',
  ])
  t.same(peer, { address: '203.0.113.9', trusted: false, proto: 'http' })
  t.same(all('x-forwarded-for'), ['203.0.113.9'])
  t.same(all('x-forwarded-proto'), ['http'])
  t.same(all('x-forwarded-host'), ['Shop.Example:8080'])
  t.same(all('x-forwarded-port'), ['8080'])
  t.same(all('forwarded'), ['for=203.0.113.9;host="Shop.Example:8080";proto=http'])
  t.not(all('x-request-id')[0], 'mine')
  t.same([all('x_forwarded_for'), all('content_length'), all('x_forwarded-proto')], [[], [], []])
  t.same(all('x_fine'), ['1'])
  t.end()
})

t.test('request: a trusted proxy is believed, and the chain goes on', (t) => {
  const { all, peer } = vetted('10.1.1.1', [
    'X-Forwarded-For',
    '6.6.6.6, 2001:4860::8',
    'X-Forwarded-For',
    '192.0.2.7',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'public.example',
    'X-Forwarded-Port',
    '443',
    'X-Request-Id',
    'from-edge',
  ])
  t.same(peer, { address: '2001:4860::8', trusted: true, proto: 'https' })
  t.same(all('x-forwarded-for'), ['6.6.6.6, 2001:4860::8, 192.0.2.7, 10.1.1.1'])
  t.same(all('x-forwarded-proto'), ['https'])
  t.same(all('x-forwarded-host'), ['public.example'])
  t.same(all('x-forwarded-port'), ['443'])
  t.same(all('forwarded'), [
    'for=6.6.6.6;host=public.example;proto=https, for="[2001:4860::8]", for=192.0.2.7, for=10.1.1.1',
  ])
  t.same(all('x-request-id'), ['from-edge'])
  t.end()
})

t.test('request: Forwarded counts where there is no X-Forwarded-For', (t) => {
  const { peer, all } = vetted('2001:db8::1', [
    'Forwarded',
    'proto=https;For="[2001:4860::9]:47", for=10.0.0.1',
  ])
  t.equal(peer.address, '2001:4860::9')
  t.same(all('x-forwarded-for'), ['2001:4860::9, 10.0.0.1, 2001:db8::1'])
  t.end()
})

t.test('request: what stands left of an entry that is no address is dropped', (t) => {
  const { peer, all } = vetted('10.1.1.1', ['X-Forwarded-For', '6.6.6.6, "unknown, 8.8.8.8:443'])
  t.equal(peer.address, '8.8.8.8')
  t.same(all('x-forwarded-for'), ['8.8.8.8, 10.1.1.1'])
  t.equal(vetted('10.1.1.1', []).peer.address, '10.1.1.1')
  t.end()
})

t.test('request: loopback may see timings and keep its id, but not name a client', (t) => {
  const { peer, all } = vetted('127.0.0.1', ['X-Forwarded-For', '1.2.3.4', 'X-Request-Id', 'mine'])
  t.same(peer, { address: '127.0.0.1', trusted: true, proto: 'http' })
  t.same(all('x-request-id'), ['mine'])
  t.not(vetted('127.0.0.1', ['X-Request-Id', 'a b']).requestId, 'a b')
  t.equal(vetted('', []).peer.address, 'unknown')
  t.end()
})

t.test('request: a valid trace goes on, another is replaced', (t) => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  t.same(vetted('1.1.1.1', ['traceparent', trace, 'tracestate', 'a=b']).all('traceparent'), [trace])
  t.same(vetted('1.1.1.1', ['traceparent', trace, 'tracestate', 'a=b']).all('tracestate'), ['a=b'])
  for (const bad of [
    'x',
    trace.replace('00-', 'ff-'),
    `${trace}-x`,
    trace.replace(/b7.*-/, `${'0'.repeat(16)}-`),
  ]) {
    const { all } = vetted('1.1.1.1', ['traceparent', bad, 'tracestate', 'a=b'])
    t.ok(isTraceparent(all('traceparent')[0]!))
    t.not(all('traceparent')[0], bad)
    t.same(all('tracestate'), [])
  }
  t.equal(
    vetted('1.1.1.1', ['traceparent', trace, 'Traceparent', trace]).all('traceparent').length,
    1,
  )
  t.ok(isTraceparent(vetted('1.1.1.1', []).all('traceparent')[0]!))
  t.end()
})

t.test(
  'request: where requests are traced, strangers begin a trace and trusted peers go on with theirs',
  (t) => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const fields = ['traceparent', trace, 'tracestate', 'a=b']
    const all = new Tracing(policy.identifiers, 1)
    const stranger = vetted('203.0.113.9', fields, 'GET', all)
    t.equal(stranger.trace?.parentId, undefined)
    t.not(stranger.trace?.traceId, trace.slice(3, 35))
    t.same(stranger.all('traceparent'), [
      `00-${stranger.trace?.traceId}-${stranger.trace?.upstreamId}-01`,
    ])
    t.same(stranger.all('tracestate'), [])
    const friend = vetted('10.1.1.1', [...fields, 'X-Forwarded-Proto', 'https'], 'GET', all)
    const [traceId, parentId] = [trace.slice(3, 35), trace.slice(36, 52)]
    t.match(friend.trace, { traceId, parentId, scheme: 'https' })
    t.same(friend.all('traceparent'), [`00-${traceId}-${friend.trace?.upstreamId}-01`])
    t.same(friend.all('tracestate'), ['a=b'])
    const none = new Tracing(policy.identifiers, 0)
    t.equal(vetted('203.0.113.9', fields, 'GET', none).trace, undefined)
    t.match(vetted('203.0.113.9', fields, 'GET', none).all('traceparent')[0], /-00$/)
    t.end()
  },
)

t.test('request: a share of the traces is sampled, by the end of the trace id', (t) => {
  const ids = new Identifiers((bytes) => void bytes.fill(0x3f))
  // 0xf3f… of 0x1000…
  for (const [share, isSampled] of [
    [0.95, false],
    [0.953, true],
    [0.96, true],
  ] as const)
    t.equal(typeof new Tracing(ids, share).begin(undefined, 'http') === 'object', isSampled)
  const highest = new Identifiers((bytes) => void bytes.fill(0xff))
  const lowest = new Identifiers((bytes) => void bytes.fill(0))
  t.type(new Tracing(highest, 1).begin(undefined, 'http'), 'object', 'all of them')
  t.type(new Tracing(lowest, 0).begin(undefined, 'http'), 'string', 'none of them')
  t.end()
})

t.test('request: ids do not repeat', (t) => {
  const ids = new Identifiers(randomFillSync)
  const seen = new Set<string>()
  for (let i = 0; i < 1_000; i += 1) seen.add(ids.requestId()).add(ids.traceparent())
  t.equal(seen.size, 2_000)
  t.end()
})

t.test('request: TE: trailers is written anew, other TE is not', (t) => {
  t.same(vetted('1.1.1.1', ['TE', 'gzip, trailers', 'Connection', 'TE']).all('te'), ['trailers'])
  t.same(vetted('1.1.1.1', ['TE', 'gzip']).all('te'), [])
  t.end()
})

t.test('request: a length stays once, and only with a body of that length', (t) => {
  t.same(vetted('1.1.1.1', ['Content-Length', '0'], 'POST').all('content-length'), ['0'])
  t.same(vetted('1.1.1.1', [], 'POST').all('content-length'), [])
  t.end()
})

t.test('proxies: entries with ports and brackets are addresses', (t) => {
  t.equal(entryAddress(' 1.2.3.4:5 '), '1.2.3.4')
  t.equal(entryAddress('"[2001:db8::1]:80"'), '2001:db8::1')
  t.equal(entryAddress('2001:db8::1'), '2001:db8::1')
  t.equal(entryAddress('::ffff:1.2.3.4'), '1.2.3.4')
  for (const bad of ['', 'unknown', '_hidden', '1.2.3', 'a.b.c.d'])
    t.equal(entryAddress(bad), undefined, bad)
  t.throws(() => new TrustedProxies(['nonsense']))
  t.end()
})

t.test('response: hop-by-hop goes, Date comes, all else stays', (t) => {
  const fields = [
    'Server',
    'x',
    'Connection',
    'X-A',
    'X-A',
    '1',
    'Set-Cookie',
    'a',
    'set-cookie',
    'b',
    'Keep-Alive',
    'x',
    'Proxy-Authenticate',
    'x',
    'Transfer-Encoding',
    'chunked',
  ]
  const date = ['Date', 'now']
  t.same(responseFields({ status: 200, fields, body: 'stream' }, date), [
    'Server',
    'x',
    'Set-Cookie',
    'a',
    'set-cookie',
    'b',
    'Date',
    'now',
  ])
  t.same(responseFields({ status: 200, fields: ['date', 'then'], body: 'none' }, date), [
    'date',
    'then',
  ])
  t.end()
})

const lengths = (status: number, body: 'none' | 'stream' | number, ...fields: string[]) =>
  responseFields({ status, fields, body }, [])

t.test('response: a length is there once, when it is true or stands for what is left out', (t) => {
  t.same(lengths(200, 3, 'content-length', '3', 'Content-Length', '3'), ['content-length', '3'])
  t.same(lengths(200, 3), ['Content-Length', '3'])
  t.same(lengths(200, 'stream', 'Content-Length', '3'), [])
  t.same(lengths(304, 'none', 'Content-Length', '3'), ['Content-Length', '3'])
  t.same(lengths(204, 'none', 'Content-Length', '3'), [])
  t.end()
})

t.test('response: interim and upgrade heads lose what is the connection’s', (t) => {
  t.same(interimFields(['Link', 'x', 'Connection', 'a', 'A', '1', 'Content-Length', '1']), [
    'Link',
    'x',
  ])
  t.same(upgradeFields(['Upgrade', 'x', 'Connection', 'Upgrade', 'Keep-Alive', '1', 'B', '2']), [
    'Upgrade',
    'x',
    'B',
    '2',
  ])
  t.end()
})

t.test('response: timings go to those who may see them', (t) => {
  t.same(
    [
      seesTiming('trusted', true),
      seesTiming('trusted', false),
      seesTiming('all', false),
      seesTiming('off', true),
    ],
    [true, false, true, false],
  )
  const wake = { ...noPhases(), resume: 4.126 }
  t.same(timingFields({ start: 'resumed', holdMs: 5, connectMs: 0, firstByteMs: 1, wake }), [
    'X-Coldfront-Start',
    'resumed',
    'Server-Timing',
    'hold;dur=5, resume;dur=4.13, first_byte;dur=1',
  ])
  t.end()
})

t.test('response: trailers that frame, route or identify are dropped', (t) => {
  t.same(
    allowedTrailers([
      'X-Sum',
      '1',
      'Content-Length',
      '1',
      'Host',
      'x',
      'transfer-encoding',
      'x',
      'Grpc-Status',
      '0',
    ]),
    ['X-Sum', '1', 'Grpc-Status', '0'],
  )
  t.end()
})

t.test('response: Date is written once a second', (t) => {
  const clock = new FakeClock()
  const date = new DateField(clock)
  const first = date.text
  t.match(first, /^Fri, 02 Jan 2026 03:04:05 GMT$/)
  clock.advance(993)
  t.equal(date.text, first)
  clock.advance(2)
  t.not(date.text, first)
  t.end()
})

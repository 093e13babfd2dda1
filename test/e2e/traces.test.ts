/** Traces: what a collector gets of warm, cold, failed and upgraded requests, and what the functions are told. */

import type { ServerResponse } from 'node:http'

import t from 'tap'

import { FAILED, type GotSpan, KIND, startCollector } from '../support/collector.ts'
import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import type { Answered } from '../support/http-ask.ts'
import { WEBSOCKET, frameOf } from '../support/websocket.ts'
import { onProcesses } from '../support/world.ts'

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const parent = (flags: string): string => `00-${CALLER.traceId}-${CALLER.spanId}-${flags}`

const isRequest = ({ kind }: GotSpan): boolean => kind === KIND.server
const isWake = ({ name, parentSpanId }: GotSpan): boolean =>
  name === 'cold start app' && !parentSpanId

/** The traceparent that a function got, from its echo. */
const toldTo = ({ text }: Answered): string => /"traceparent","([^"]*)"/i.exec(text)?.[1] ?? ''
const flagsOf = (traceparent: string): string => traceparent.slice(-2)

/** Within the parent; times are on a grid of ms and the sums of fractions. */
const isWithin = (child: GotSpan | undefined, of: GotSpan): boolean =>
  child !== undefined && child.start >= of.start - 0.001 && child.end <= of.end + 0.001

await onProcesses(t, {
  'traces: a warm request is a span with the exchange below it, and the function’s are its children':
    async (t, world) => {
      const collector = await startCollector(t)
      const traces = { endpoint: collector.url, headers: { 'x-key': 'a secret' } }
      const gateway = await startGateway(t, world, { traces, functions: { app: world.app() } })
      await gateway.ask('/')
      const answer = await gateway.ask('/echo?token=secret')
      const isIt = (s: GotSpan): boolean =>
        isRequest(s) && s.attributes['coldfront.start'] === 'warm'
      const [span] = await collector.until(1, isIt)
      if (!span) return
      t.match(span, { name: 'GET app', status: 0, links: [] })
      t.notOk(span.parentSpanId)
      t.match(span.attributes, {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'url.path': '/echo',
        'url.scheme': 'http',
        'server.address': 'app.test',
        'client.address': '127.0.0.1',
        'coldfront.function': 'app',
      })
      const { upstream, hold } = collector.below(span)
      t.equal(hold, undefined)
      t.equal(upstream?.kind, KIND.client)
      t.ok(isWithin(upstream, span))
      t.equal(toldTo(answer), `00-${span.traceId}-${upstream?.spanId}-01`)
      t.equal(collector.batches[0]?.headers['x-key'], 'a secret')
      t.match(collector.resource, { 'service.name': 'coldfront', 'service.version': 'test' })
      t.notMatch(JSON.stringify(collector.spans), /secret|token/)
    },

  'traces: a cold start that three requests wait for is one span, to which each is linked': async (
    t,
    world,
  ) => {
    const collector = await startCollector(t)
    const functions = { app: world.app(READY_BY_GATE) }
    const gateway = await startGateway(t, world, { traces: { endpoint: collector.url }, functions })
    const asked = ['/a', '/b', '/c'].map((path) => gateway.ask(path))
    await gateway.held(3)
    await gateway.open('ready')
    await Promise.all(asked)
    const requests = await collector.until(3, isRequest)
    const wakes = collector.spans.filter(isWake)
    t.equal(wakes.length, 1)
    const [wake] = wakes
    if (!wake) return
    const { start, probe } = collector.below(wake)
    t.ok(isWithin(start, wake) && isWithin(probe, wake))
    t.ok((start?.end ?? 0) <= (probe?.start ?? 0) + 0.001, 'one after the other')
    for (const request of requests) {
      t.match(request.links, [{ traceId: wake.traceId, spanId: wake.spanId }])
      t.equal(request.attributes['coldfront.start'], 'cold')
      t.not(request.traceId, wake.traceId)
      const { hold, connect, upstream } = collector.below(request)
      t.ok(isWithin(hold, request) && isWithin(upstream, request))
      t.ok(!connect || isWithin(connect, request))
      t.ok(hold && isWithin(collector.below(hold)['probe'], hold), 'its part of the probe')
    }
  },

  'traces: a resume is told like a cold start': async (t, world) => {
    const collector = await startCollector(t)
    const functions = { app: world.app({ idle: { pauseAfter: '50ms' } }) }
    const gateway = await startGateway(t, world, { traces: { endpoint: collector.url }, functions })
    await gateway.ask('/')
    await gateway.until('paused')
    await gateway.ask('/')
    const isIt = ({ attributes }: GotSpan) => attributes['coldfront.start'] === 'resumed'
    const [request] = await collector.until(1, isIt)
    const resume = collector.spans.find(({ name }) => name === 'resume app')
    t.equal(request?.links[0]?.spanId, resume?.spanId)
    const hold = request && collector.below(request)['hold']
    t.ok(hold && isWithin(collector.below(hold)['resume'], hold))
  },

  'traces: a start that fails is a failed span, to which the refused request is linked': async (
    t,
    world,
  ) => {
    const collector = await startCollector(t)
    const functions = { app: world.app({ env: { EXIT_AT_ONCE: '3' } }) }
    const gateway = await startGateway(t, world, { traces: { endpoint: collector.url }, functions })
    t.equal((await gateway.ask('/')).status, 502)
    const [wake] = await collector.until(1, isWake)
    const [request] = await collector.until(1, isRequest)
    t.match(wake, { status: FAILED, attributes: { 'error.type': 'exited' } })
    t.match(request, {
      status: FAILED,
      attributes: { 'error.type': 'START_FAILED', 'http.response.status_code': 502 },
      links: [{ traceId: wake?.traceId, spanId: wake?.spanId }],
    })
    t.strictSame(request && Object.keys(collector.below(request)), ['hold'])
  },

  'traces: an upgraded connection is a span as long as it is': async (t, world) => {
    const collector = await startCollector(t)
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces: { endpoint: collector.url }, functions })
    const client = await gateway.client()
    client.send(WEBSOCKET('app.test'))
    await client.through('\r\n\r\n')
    client.send(frameOf('hello'))
    await client.through('hello')
    client.destroy()
    const [span] = await collector.until(1, isRequest)
    t.match(span?.attributes, { 'http.response.status_code': 101, 'coldfront.upgraded': true })
    t.ok(span && collector.below(span)['upstream'])
  },

  'traces: a caller’s decision is kept, and its trace goes on': async (t, world) => {
    const collector = await startCollector(t)
    const traces = { endpoint: collector.url, sample: 0 }
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces, functions })
    const ask = (headers: Record<string, string>) => gateway.ask('/echo', { headers })
    t.equal(flagsOf(toldTo(await ask({}))), '00', 'nobody asked for it')
    t.equal(toldTo(await ask({ traceparent: parent('00') })), parent('00'))
    // One way as bytes, the other field by field.
    for (const state of ['', 'a=b']) {
      const tracestate: Record<string, string> = state === '' ? {} : { tracestate: state }
      const answer = await ask({ traceparent: parent('01'), ...tracestate })
      const told = toldTo(answer)
      t.equal(told.slice(0, 36), `00-${CALLER.traceId}-`)
      t.not(told, parent('01'), 'the function’s parent is here')
      t.equal(answer.text.includes('a=b'), state !== '')
    }
    await gateway.close()
    const requests = collector.spans.filter(isRequest)
    t.strictSame(
      requests.map((span) => [span.traceId, span.parentSpanId]),
      [1, 2].map(() => [CALLER.traceId, CALLER.spanId]),
    )
    t.equal(collector.spans.filter(isWake).length, 1, 'wakes are always told')
  },

  'traces: a share of the requests is taken, and the others are told that they are not': async (
    t,
    world,
  ) => {
    const collector = await startCollector(t)
    const traces = { endpoint: collector.url, sample: 0.5 }
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces, functions })
    const flags: string[] = []
    for (let i = 0; i < 64; i += 1) flags.push(flagsOf(toldTo(await gateway.ask('/echo'))))
    await gateway.close()
    const taken = flags.filter((flag) => flag === '01').length
    // Of 64 fair coins fewer than 8 or more than 56 come once in 10^10 runs.
    t.ok(taken >= 8 && taken <= 56, `${taken} of 64`)
    t.equal(collector.spans.filter(isRequest).length, taken)
  },

  'traces: who is not there holds nobody up, and is told of once': async (t, world) => {
    // Nothing listens there.
    const traces = { endpoint: 'http://127.0.0.1:1/v1/traces?key=secret' }
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces, functions })
    for (let i = 0; i < 10; i += 1) t.equal((await gateway.ask('/')).status, 200)
    await gateway.close()
    const said = gateway.log.all('notice').filter(({ message }) => message.includes('traces'))
    t.ok(said.length <= 1)
    t.notMatch(JSON.stringify(said), /secret/)
  },

  'traces: what a collector refuses is counted and told once': async (t, world) => {
    const collector = await startCollector(t)
    collector.answer = (res) => void res.writeHead(400).end('a secret of its own')
    const traces = { endpoint: `${collector.url}?key=secret` }
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces, functions })
    await gateway.ask('/')
    const { message } = await gateway.until('notice', '', (e) => e.message.includes('traces'))
    t.match(message, 'it answered 400')
    t.notMatch(message, /secret/)
    t.match((await gateway.admin('/metrics')).text, /^coldfront_spans_lost_total [1-9]/m)
  },

  'traces: a collector that does not answer is not waited for': async (t, world) => {
    const collector = await startCollector(t)
    const open: ServerResponse[] = []
    collector.answer = (res) => void open.push(res)
    const traces = { endpoint: collector.url }
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces, functions })
    t.equal((await gateway.ask('/')).status, 200)
    await collector.until(1, isRequest)
    t.equal((await gateway.ask('/')).status, 200)
    await gateway.close()
    t.ok(open.length > 0)
  },

  'traces: what is left is sent before the gateway ends': async (t, world) => {
    const collector = await startCollector(t)
    const traces = { endpoint: collector.url }
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { traces, functions })
    for (let i = 0; i < 5; i += 1) await gateway.ask('/')
    await gateway.close()
    t.equal(collector.spans.filter(isRequest).length, 5)
  },

  'traces: begin and end with the configuration': async (t, world) => {
    const collector = await startCollector(t)
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { functions })
    t.equal(flagsOf(toldTo(await gateway.ask('/echo'))), '01', 'nobody here decides')
    await gateway.rewrite({ traces: { endpoint: collector.url }, functions })
    await gateway.reload()
    await gateway.ask('/')
    t.equal((await collector.until(1, isRequest)).length, 1)
    await gateway.rewrite({ functions })
    await gateway.reload()
    await gateway.ask('/')
    await gateway.close()
    t.equal(collector.spans.filter(isRequest).length, 1)
  },
})

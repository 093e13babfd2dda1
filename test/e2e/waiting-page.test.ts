/** The waiting page: who sees it, what it tells, and that nobody is held up or left behind by it. */

import t, { type Test } from 'tap'

import { type EventReader, readEvents } from '../support/event-reader.ts'
import { READY_BY_GATE, type TestGateway, startGateway } from '../support/gateway.ts'
import { type World, forEachRuntime, onProcesses } from '../support/world.ts'

const BROWSER = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

const paged = (t: Test, world: World, options: Record<string, unknown> = {}) =>
  startGateway(t, world, { functions: { app: world.app({ onCold: 'auto', ...options }) } })

const visit = (gateway: TestGateway, path = '/') => gateway.ask(path, { headers: BROWSER })

const PROGRESS = '/.well-known/coldfront/progress'

const follow = (t: Test, gateway: TestGateway, path = PROGRESS): Promise<EventReader> =>
  readEvents(t, { host: '127.0.0.1', port: gateway.port }, { path, host: 'app.test' })

/** What the page's script knows. */
function known(html: string): Record<string, unknown> {
  const [, json = '{}'] = /id="coldfront-wake">(.*?)<\/script>/s.exec(html) ?? []
  return JSON.parse(json) as Record<string, unknown>
}

await forEachRuntime(t, {
  'waiting page: a browser sees it at once, and is told when to go on': async (t, world) => {
    const gateway = await paged(t, world, READY_BY_GATE)
    const page = await visit(gateway, '/a?b=c')
    t.equal(page.status, 503)
    t.match(page.headers, { 'retry-after': /^\d+$/, 'cache-control': 'no-store' })
    t.match(page.text, 'app is starting')
    t.match(known(page.text), { name: 'app', progress: PROGRESS, phase: /queued|starting/ })
    const reader = await follow(t, gateway)
    await reader.until('probing', ({ phase }) => phase === 'probing')
    await gateway.open('ready')
    await reader.until('ready', ({ phase }) => phase === 'ready')
    await reader.ended()
    const app = await visit(gateway, '/a?b=c')
    t.match(app, { status: 200, headers: { 'x-coldfront-start': 'warm' } })
    t.match(gateway.log.all('woke'), [{ why: 'request', by: { path: '/a' } }])
    t.equal(gateway.log.all('started').length, 1)
  },

  'waiting page: the next gateway on this state knows how long it usually takes': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app({ onCold: 'auto' }) } }
    const first = await startGateway(t, world, text)
    t.match(await first.ask('/'), { headers: { 'x-coldfront-start': 'cold' } })
    await first.close()
    const second = await startGateway(t, world, text, { dir: first.dir })
    const { usualMs } = known((await visit(second)).text)
    t.ok(Number(usualMs) > 0, `usually ${String(usualMs)} ms`)
    await second.until('ready')
  },

  'waiting page: everything else is held as ever': async (t, world) => {
    const gateway = await paged(t, world, READY_BY_GATE)
    await visit(gateway)
    const api = gateway.ask('/')
    const post = gateway.ask('/echo', { method: 'POST', headers: BROWSER, body: 'x' })
    await gateway.held(2)
    await gateway.open('ready')
    t.equal((await api).status, 200)
    t.equal((await post).status, 200)
  },
})

await onProcesses(t, {
  'waiting page: a paused instance is resumed, and no page is shown': async (t, world) => {
    const gateway = await paged(t, world, { idle: { pauseAfter: '50ms' } })
    await gateway.ask('/')
    await gateway.until('paused')
    const answer = await visit(gateway)
    t.match(answer, { status: 200, headers: { 'x-coldfront-start': 'resumed' } })
  },

  'waiting page: a failed start is shown with the time of the next one': async (t, world) => {
    const gateway = await paged(t, world, { env: { EXIT_AT_ONCE: '3' } })
    await visit(gateway)
    await gateway.until('failed')
    const page = await visit(gateway)
    t.match(page, { status: 503, text: /app could not be started/ })
    t.match(known(page.text), { phase: 'failed' })
    t.ok(Number(known(page.text)['retryAfterMs']) > 0)
    const reader = await follow(t, gateway)
    await reader.until('failed', ({ phase }) => phase === 'failed')
    await reader.ended()
    const records = await gateway.log.finished('app', 3)
    t.match(records[1], { error: 'START_BACKOFF', status: 503 })
  },

  'waiting page: a function with a path prefix tells its progress below it': async (t, world) => {
    const hosts = ['app.test/shop/']
    const gateway = await paged(t, world, { hosts, ...READY_BY_GATE })
    const path = `/shop${PROGRESS}`
    t.match(known((await visit(gateway, '/shop/x')).text), { progress: path })
    const reader = await follow(t, gateway, path)
    await reader.until('probing', ({ phase }) => phase === 'probing')
  },

  'waiting page: the progress of other functions is their own business': async (t, world) => {
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { functions })
    const answer = await gateway.ask(PROGRESS)
    t.match(answer, { status: 200, headers: { 'x-coldfront-start': 'cold' } })
    t.match(JSON.parse(answer.text), { requests: 1 })
  },

  'waiting page: a page of one’s own': async (t, world) => {
    const html = '<html><head></head><body><h1 data-coldfront="title">Moment!</h1></body></html>'
    const gateway = await paged(t, world, { waitingPage: { html }, ...READY_BY_GATE })
    const { text } = await visit(gateway)
    t.match(text, /Moment!.*coldfront-wake.*<\/body>/s)
  },

  'waiting page: who watches the progress holds up no closing': async (t, world) => {
    const gateway = await paged(t, world, READY_BY_GATE)
    await visit(gateway)
    const reader = await follow(t, gateway)
    await reader.until('anything', () => true)
    const client = await gateway.client()
    client.send(`GET ${PROGRESS} HTTP/1.1\r\nHost: app.test\r\n\r\n`)
    await client.through('data: ')
    client.destroy()
    await gateway.close()
    await reader.ended()
    t.pass('it closed')
  },

  'waiting page: what nobody comes back for falls asleep again': async (t, world) => {
    const gateway = await paged(t, world, { idle: { stopAfter: '50ms', pauseAfter: '50ms' } })
    await visit(gateway)
    await gateway.until('ready')
    t.match(await gateway.until('stopped'), { why: 'idle' })
  },
})

/** A request for a function that does not run: it is held, an instance starts, and the request says how it was. */

import t from 'tap'

import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { forEachRuntime, whoIs } from '../support/world.ts'

await forEachRuntime(t, {
  'cold start: the first request is answered, is told to be cold and shows its phases': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const answer = await gateway.ask('/')
    t.equal(answer.status, 200)
    t.equal(answer.headers['x-coldfront-start'], 'cold')
    t.match(answer.headers['server-timing'], /^hold;dur=[\d.]+, .*start;dur=[\d.]+, .*probe;dur=/)
    const [record] = await gateway.log.finished('app', 1)
    t.match(record, { start: 'cold', status: 200, outcome: 'done' })
    t.ok((record?.holdMs ?? 0) > 0, 'it was held')
    t.strictSame([gateway.log.all('woke').length, gateway.log.all('started').length], [1, 1])
  },

  'cold start: metrics count the wake and its phases': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    await gateway.who()
    await gateway.who()
    await gateway.log.finished('app', 2)
    const { text } = await gateway.admin('/metrics')
    const has = (line: string) => t.ok(text.includes(`${line}\n`), line)
    has('coldfront_requests_total{function="app",start="cold",code_class="2xx"} 1')
    has('coldfront_requests_total{function="app",start="warm",code_class="2xx"} 1')
    has('coldfront_wakes_total{function="app",outcome="cold"} 1')
    has('coldfront_start_phase_seconds_count{function="app",phase="start"} 1')
    has('coldfront_start_phase_seconds_count{function="app",phase="probe"} 1')
    has('coldfront_start_phase_seconds_count{function="app",phase="overhead"} 1')
    has('coldfront_instances{function="app",state="ready"} 1')
  },

  'cold start: requests that come together start one instance and are all answered': async (
    t,
    world,
  ) => {
    const limits = { instances: { max: 4 }, scale: { patience: '10m' } }
    const functions = { app: world.app({ ...READY_BY_GATE, ...limits }) }
    const gateway = await startGateway(t, world, { functions })
    const asked = Array.from({ length: 20 }, () => gateway.ask('/'))
    await gateway.held(20)
    await gateway.open('ready')
    const answers = await Promise.all(asked)
    t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
    t.strictSame(new Set(answers.map((a) => a.headers['x-coldfront-start'])), new Set(['cold']))
    t.equal(new Set(answers.map(whoIs)).size, 1)
    t.equal(gateway.log.all('started').length, 1)
  },

  'cold start: the function knows its name, its revision and its port': async (t, world) => {
    const functions = { app: world.app({ env: { GREETING: 'hi' } }) }
    const gateway = await startGateway(t, world, { functions })
    const { text } = await gateway.ask('/env?names=PORT,K_SERVICE,K_REVISION,GREETING')
    const env = JSON.parse(text) as Record<string, string>
    const { revision } = await gateway.status()
    t.match(env, { K_SERVICE: 'app', K_REVISION: revision, GREETING: 'hi', PORT: /^\d+$/ })
  },
})

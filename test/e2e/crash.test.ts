/** Instances that end or stop listening under the gateway: what is lost is told, and what comes next is served. */

import t from 'tap'
import type { Test } from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { type Options, type World, forEachRuntime, whoIs } from '../support/world.ts'
import { inFlight } from '../support/in-flight.ts'

/** Longer than an exit counts as a failed start. */
const GROWN_UP_MS = 60_000

/** Never sent twice, so it goes out on no connection that may have ended unnoticed. */
const POST = { method: 'POST', body: 'x' }

/** A gateway that can be taken forward in time: an instance is old enough then that its exit is no failed start. */
async function grownUp(t: Test, world: World, options: Options = {}): Promise<TestGateway> {
  let aheadMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
  const text = { functions: { app: world.app(options) } }
  const gateway = await startGateway(t, world, text, { clock })
  await gateway.who()
  await gateway.log.finished('app', 1)
  aheadMs = GROWN_UP_MS
  return gateway
}

await forEachRuntime(t, {
  'crash: the request in flight gets 502, the next one is served by another run': async (
    t,
    world,
  ) => {
    const gateway = await grownUp(t, world)
    const before = await gateway.ask('/')
    const lost = await gateway.ask('/exit?code=7', { method: 'POST' })
    t.equal(lost.status, 502)
    t.match(JSON.parse(lost.text), { code: 'UPSTREAM_CLOSED' })
    // Right after: the gateway may not know yet.
    const next = await gateway.ask('/', POST)
    t.equal(next.status, 200, next.text)
    t.not(whoIs(next), whoIs(before))
    t.equal(gateway.log.all('failed').length, 0)
  },

  'crash: whoever else is in flight is told at once, a response that has begun is cut off': async (
    t,
    world,
  ) => {
    const gateway = await grownUp(t, world)
    const client = await inFlight(gateway)
    await gateway.ask('/exit', { method: 'POST' })
    t.equal(await client.ended(), 'reset', 'no false end')
    t.equal((await gateway.ask('/', POST)).status, 200)
  },

  'crash: all requests that come right after it are served, none of them is lost': async (
    t,
    world,
  ) => {
    const gateway = await grownUp(t, world)
    t.equal((await gateway.ask('/exit', { method: 'POST' })).status, 502)
    const asked = Array.from({ length: 10 }, () => gateway.ask('/', POST))
    const answers = await Promise.all(asked)
    t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
    t.equal(gateway.log.all('started').length, 2)
  },

  'crash: an exit soon after ready counts as a failed start': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    await gateway.who()
    t.equal((await gateway.ask('/exit?code=7', { method: 'POST' })).status, 502)
    t.match(await gateway.until('failed'), { reason: 'exited', message: /code 7/ })
    t.match(await gateway.status(), { condition: 'backoff', lastError: { reason: 'exited' } })
  },

  'refused connect: an instance that stops listening is probed, and serves when it is back': async (
    t,
    world,
  ) => {
    const gateway = await grownUp(t, world)
    const before = await gateway.who()
    await gateway.ask('/deaf')
    const asked = Array.from({ length: 5 }, () => gateway.ask('/', POST))
    await gateway.until('state', 'app', ({ event }) => event === 'Unreachable')
    await gateway.held(5)
    await world.signal(before, 'SIGUSR2')
    const answers = await Promise.all(asked)
    t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
    t.strictSame(new Set(answers.map(whoIs)), new Set([whoIs({ text: JSON.stringify(before) })]))
    t.equal(gateway.log.all('started').length, 1, 'it is the same instance')
  },
})

/** More than there is room for: requests wait in a bounded line, and who cannot wait is told when to come back. */

import t from 'tap'
import type { Test } from 'tap'

import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import type { Answered } from '../support/http-ask.ts'
import { type World, forEachRuntime } from '../support/world.ts'
import { inFlight } from '../support/in-flight.ts'

const codeOf = ({ text }: Answered): string => (JSON.parse(text) as { code: string }).code

function refusedWith(t: Test, answer: Answered, status: number, code: string): void {
  t.equal(answer.status, status, answer.text)
  t.equal(answer.headers['content-type'], 'application/problem+json')
  t.equal(codeOf(answer), code)
}

/** A gateway whose one instance is full, with `gate` in it. */
async function full(t: Test, world: World, options: Readonly<Record<string, unknown>>) {
  const functions = { app: world.app({ concurrency: 1, ...options }) }
  const gateway = await startGateway(t, world, { functions })
  const gate = await inFlight(gateway)
  return { gateway, gate }
}

await forEachRuntime(t, {
  'overload: what is over the concurrency waits, and goes on in its turn': async (t, world) => {
    const { gateway, gate } = await full(t, world, {})
    const second = gateway.ask('/')
    await gateway.held(1)
    const third = gateway.ask('/')
    await gateway.held(2)
    t.match(JSON.parse((await gateway.direct('/count')).text), { 'GET /gate': 1 })
    await gateway.open('')
    await gate.through('open\n')
    for (const answer of await Promise.all([second, third])) {
      t.equal(answer.status, 200)
      t.equal(answer.headers['x-coldfront-start'], 'queued')
    }
    const requests = [await second, await third].map(
      ({ text }) => (JSON.parse(text) as { requests: number }).requests,
    )
    t.ok(requests[0]! < requests[1]!, 'the oldest first')
  },

  'overload: a full line refuses at once with 503 and Retry-After': async (t, world) => {
    const { gateway } = await full(t, world, { hold: { waiters: 1 } })
    const waiting = gateway.ask('/')
    await gateway.held(1)
    const refused = await gateway.ask('/')
    refusedWith(t, refused, 503, 'QUEUE_FULL')
    t.match(refused.headers['retry-after'], /^[1-9]\d*$/)
    await gateway.open('')
    t.equal((await waiting).status, 200)
  },

  'overload: who waits too long for room gets 504': async (t, world) => {
    const { gateway, gate } = await full(t, world, {})
    const impatient = world.app({ concurrency: 1, hold: { timeout: '100ms' } })
    await gateway.rewrite({ functions: { app: impatient } })
    await gateway.reload()
    refusedWith(t, await gateway.ask('/'), 504, 'HOLD_TIMEOUT')
    await gateway.open('')
    await gate.through('open\n')
    t.equal((await gateway.ask('/')).status, 200)
  },

  'overload: who waits too long for a start gets 504, and the start goes on': async (t, world) => {
    const functions = { app: world.app({ ...READY_BY_GATE, hold: { timeout: '100ms' } }) }
    const gateway = await startGateway(t, world, { functions })
    refusedWith(t, await gateway.ask('/'), 504, 'START_TIMEOUT')
    await gateway.open('ready')
    await gateway.until('ready')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
    t.equal(gateway.log.all('started').length, 1)
  },

  'overload: in all, so many may wait; the function that holds most gives way': async (
    t,
    world,
  ) => {
    const app = world.app(READY_BY_GATE)
    const gateway = await startGateway(t, world, {
      hold: { waitersTotal: 2 },
      functions: { app, other: app },
    })
    const first = gateway.ask('/')
    await gateway.held(1)
    const second = gateway.ask('/')
    await gateway.held(2)
    refusedWith(t, await gateway.ask('/'), 503, 'GATEWAY_FULL')
    const other = gateway.ask('/', { fn: 'other' })
    refusedWith(t, await second, 503, 'GATEWAY_FULL')
    await gateway.open('ready')
    await gateway.open('ready', 'other')
    t.strictSame([(await first).status, (await other).status], [200, 200])
  },
})

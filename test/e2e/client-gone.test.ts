/** Clients that leave while they are held: their place is free, and nothing of theirs reaches the app. */

import t from 'tap'
import type { Test } from 'tap'

import { READY_BY_GATE, type TestGateway, startGateway } from '../support/gateway.ts'
import { type Options, type World, forEachRuntime } from '../support/world.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n'
const post = (length: number): string =>
  `POST /upload HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${length}\r\n\r\n`

const GONE = { outcome: 'gone', status: 0 }
/** Fewer bytes than announced and then an end: for all that is known this client still listens. */
const BROKEN = { outcome: 'refused', status: 400, error: 'BAD_FRAMING' }
/** More than is read ahead: nobody sees it leave, so it is not held to the end. */
const UNSEEN = { outcome: 'refused', status: 504, error: 'HOLD_TIMEOUT' }

interface Case {
  readonly request: string
  readonly leaves: 'reset' | 'destroy'
  readonly record: Readonly<Record<string, unknown>>
  readonly options?: Options
}

/** Sends the request to a function that is not ready, leaves, and looks what became of it. */
async function gone(t: Test, world: World, one: Case): Promise<void> {
  const functions = { app: world.app({ ...READY_BY_GATE, ...one.options }) }
  const gateway = await startGateway(t, world, { functions })
  const client = await gateway.client()
  client.send(one.request)
  await gateway.held(1)
  await gateway.until('started')
  client[one.leaves]()
  await gateway.held(0)
  t.match(await gateway.log.finished('app', 1), [one.record])
  // The wake goes on, for the next one.
  await gateway.open('ready')
  await gateway.until('ready')
  t.equal(await seenByTheApp(gateway), 0)
  t.equal(gateway.log.all('failed').length, 0)
  t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
}

async function seenByTheApp(gateway: TestGateway): Promise<number> {
  const counts = JSON.parse((await gateway.direct('/count')).text) as Record<string, number>
  return (counts['GET /'] ?? 0) + (counts['POST /upload'] ?? 0)
}

const WHOLE = `${post(5)}hello`
const PART = `${post(1_000)}hello`
const LARGE = post(5_000_000) + 'x'.repeat(5_000_000)
const BRIEF = { hold: { timeout: '2s' } }

await forEachRuntime(t, {
  'client gone: a held GET whose client resets the connection reaches nobody': (t, world) =>
    gone(t, world, { request: GET, leaves: 'reset', record: GONE }),

  'client gone: a held GET whose client closes the connection reaches nobody': (t, world) =>
    gone(t, world, { request: GET, leaves: 'destroy', record: GONE }),

  'client gone: a held POST whose client resets the connection reaches nobody': (t, world) =>
    gone(t, world, { request: WHOLE, leaves: 'reset', record: GONE }),

  'client gone: a held POST whose client closes the connection reaches nobody': (t, world) =>
    gone(t, world, { request: WHOLE, leaves: 'destroy', record: GONE }),

  'client gone: a part of a POST whose client resets the connection reaches nobody': (t, world) =>
    gone(t, world, { request: PART, leaves: 'reset', record: GONE }),

  'client gone: a part of a POST whose client closes the connection reaches nobody': (t, world) =>
    gone(t, world, { request: PART, leaves: 'destroy', record: BROKEN }),

  'client gone: a held POST of 5 MB whose client resets the connection is given up early': (
    t,
    world,
  ) => gone(t, world, { request: LARGE, leaves: 'reset', record: UNSEEN, options: BRIEF }),

  'client gone: a held POST of 5 MB whose client closes the connection is given up early': (
    t,
    world,
  ) => gone(t, world, { request: LARGE, leaves: 'destroy', record: UNSEEN, options: BRIEF }),

  'client gone: a wake that everybody has left before the runtime was asked is called off': async (
    t,
    world,
  ) => {
    const app = world.app()
    const text = { budget: { instances: 1 }, functions: { app, other: app } }
    const gateway = await startGateway(t, world, text)
    await gateway.who('other')
    const client = await gateway.client()
    client.send(GET)
    await gateway.held(1)
    client.reset()
    await gateway.held(0)
    await gateway.admin('/api/v1/functions/other/stop', 'POST')
    await gateway.until('stopped', 'other')
    await gateway.who('other')
    t.match(await gateway.status(), { condition: 'cold', instances: [], backoffMs: 0 })
    t.equal(gateway.log.all('state', 'app').length, 0)
  },

  'client gone: who stays is served when there is room for another instance': async (t, world) => {
    const app = world.app()
    const text = { budget: { instances: 1 }, functions: { app, other: app } }
    const gateway = await startGateway(t, world, text)
    await gateway.who('other')
    const answer = gateway.ask('/')
    await gateway.held(1)
    await gateway.admin('/api/v1/functions/other/stop', 'POST')
    t.equal((await answer).status, 200)
  },
})

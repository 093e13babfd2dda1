/** The end of a gateway, as SIGTERM brings it: first it says so, then it finishes, then it ends or leaves what it runs. */

import t from 'tap'
import type { Test } from 'tap'

import { READY_BY_GATE, type TestGateway, startGateway } from '../support/gateway.ts'
import { type DockerWorld, forEachRuntime, onDocker } from '../support/world.ts'

const GATE = 'GET /gate HTTP/1.1\r\nHost: app.test\r\n\r\n'

await forEachRuntime(t, {
  'drain: readyz fails at once, and for the delay everything is still accepted': async (
    t,
    world,
  ) => {
    const shutdown = { drainDelay: '3s' }
    const gateway = await startGateway(t, world, { shutdown, functions: { app: world.app() } })
    await gateway.who()
    t.equal((await gateway.admin('/readyz')).status, 200)
    const closed = gateway.close()
    await gateway.until('closing', '')
    t.equal((await gateway.admin('/readyz')).status, 503)
    t.equal((await gateway.admin('/healthz')).status, 200)
    t.equal((await gateway.ask('/')).status, 200)
    await closed
    await t.rejects(gateway.ask('/'), { code: 'ECONNREFUSED' })
  },

  'drain: what is in flight finishes, what comes later finds nobody': async (t, world) => {
    const shutdown = { drainTimeout: '60s' }
    const gateway = await startGateway(t, world, { shutdown, functions: { app: world.app() } })
    const client = await gateway.client()
    client.send(GATE)
    await client.through('waiting\n')
    const closed = gateway.close()
    await gateway.until('closing', '')
    await gateway.refuses()
    await gateway.open('')
    await client.through('open\n')
    await closed
    t.equal(await client.ended(), 'fin')
    t.match(await gateway.log.finished('app', 1), [{ outcome: 'done', status: 200 }])
    await gateway.log.when('the end of the instance', () => gateway.log.all('stopped').length > 0)
  },

  'drain: requests that are held are still served': async (t, world) => {
    const shutdown = { drainTimeout: '60s' }
    const functions = { app: world.app(READY_BY_GATE) }
    const gateway = await startGateway(t, world, { shutdown, functions })
    const held = gateway.ask('/')
    await gateway.held(1)
    const closed = gateway.close()
    await gateway.refuses()
    await gateway.open('ready')
    t.equal((await held).status, 200)
    await closed
  },

  'drain: at its end held requests are refused, and responses under way are cut off': async (
    t,
    world,
  ) => {
    const functions = { app: world.app({ concurrency: 1 }) }
    const shutdown = { drainTimeout: '200ms' }
    const gateway = await startGateway(t, world, { shutdown, functions })
    const client = await gateway.client()
    client.send(GATE)
    await client.through('waiting\n')
    const held = gateway.ask('/')
    await gateway.held(1)
    await gateway.close()
    const answer = await held
    t.equal(answer.status, 503)
    t.match(JSON.parse(answer.text), { code: 'CLOSING' })
    t.equal(answer.headers.connection, 'close')
    t.equal(await client.ended(), 'reset')
  },

  'drain: at its end warm requests are told as well, and their instance ends': async (t, world) => {
    const functions = { app: world.app() }
    const shutdown = { drainTimeout: '200ms' }
    const gateway = await startGateway(t, world, { shutdown, functions })
    await gateway.who()
    const [answered, silent] = [await gateway.client(), await gateway.client()]
    answered.send(GATE)
    await answered.through('waiting\n')
    silent.send('GET /slow?ms=600000 HTTP/1.1\r\nHost: app.test\r\n\r\n')
    await gateway.untilStatus('both in flight', ({ inFlight }) => inFlight === 2)
    await gateway.close()
    t.equal(await answered.ended(), 'reset')
    t.equal((await silent.message()).status, 503)
    const [first, ...cut] = await gateway.log.finished('app', 3)
    t.match(first, { outcome: 'done' })
    for (const record of cut)
      t.match(record, { outcome: 'failed', error: 'CLOSING', start: 'warm' })
    t.equal(gateway.log.all('stopped').length, 1)
  },

  'drain: instances end with the gateway, sleeping ones too': async (t, world) => {
    const idle = { pauseAfter: '50ms' }
    const text = { functions: { app: world.app(), sleeping: world.app({ idle }) } }
    const gateway = await startGateway(t, world, text)
    const all = [await gateway.who(), await gateway.who('sleeping')]
    await gateway.until('paused', 'sleeping')
    await gateway.close()
    for (const who of all) await world.gone(who)
    t.equal(gateway.log.all('failed').length + gateway.log.all('alarm').length, 0)
  },
})

/** Two gateways, one after the other, on the same state: what the second one finds. */
async function takenOver(t: Test, world: DockerWorld, idle: object): Promise<TestGateway[]> {
  const shutdown = { onExit: 'leave', drainTimeout: '2s' }
  const text = { shutdown, functions: { app: world.app({ idle }) } }
  const first = await startGateway(t, world, text)
  await first.who()
  if (Object.keys(idle).length > 0) await first.until('paused')
  await first.close()
  const ending = { functions: { app: world.app({ idle }) } }
  return [first, await startGateway(t, world, ending, { dir: first.dir })]
}

await onDocker(t, {
  'drain: a container that is left is taken over by the next gateway': async (t, world) => {
    const [first, second] = (await takenOver(t, world, {})) as [TestGateway, TestGateway]
    await second.until('state', 'app', ({ event }) => event === 'AdoptedRunning')
    await second.state('ready')
    const answer = await second.ask('/')
    t.equal(answer.headers['x-coldfront-start'], 'warm')
    t.match(JSON.parse(answer.text), { requests: 2 })
    t.equal(first.log.all('stopped').length, 0)
    t.equal(second.log.all('started').length, 0)
  },

  'drain: a paused container that is left is taken over, and resumed by a request': async (
    t,
    world,
  ) => {
    const [, second] = (await takenOver(t, world, { pauseAfter: '50ms' })) as [
      TestGateway,
      TestGateway,
    ]
    await second.until('state', 'app', ({ event }) => event === 'AdoptedPaused')
    const answer = await second.ask('/')
    t.equal(answer.headers['x-coldfront-start'], 'resumed')
    t.match(JSON.parse(answer.text), { requests: 2 })
  },

  'drain: a container that is left and whose function is gone ends at the next start': async (
    t,
    world,
  ) => {
    const shutdown = { onExit: 'leave' }
    const first = await startGateway(t, world, { shutdown, functions: { app: world.app() } })
    const who = await first.who()
    await first.close()
    await startGateway(t, world, { functions: { other: world.app() } }, { dir: first.dir })
    await world.gone(who)
  },

  'drain: a request that comes before the engine was asked is served by what was left': async (
    t,
    world,
  ) => {
    const [first, second] = (await takenOver(t, world, {})) as [TestGateway, TestGateway]
    const answer = await second.ask('/')
    t.equal(answer.status, 200)
    t.match(JSON.parse(answer.text), { requests: 2 })
    t.equal(first.log.all('started').length + second.log.all('started').length, 1)
  },
})

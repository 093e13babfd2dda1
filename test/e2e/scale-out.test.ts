/** More than one instance of a function: when a second one is started, which one is chosen, and how many stay. */

import t from 'tap'
import type { Test } from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import { type World, forEachRuntime, whoIs } from '../support/world.ts'

const gate = (name: string): string => `GET /gate?name=${name} HTTP/1.1\r\nHost: app.test\r\n\r\n`

/** Takes up one exchange until its gate is opened, which is never unless the test does. */
async function occupy(gateway: TestGateway, name: string): Promise<void> {
  const client = await gateway.client()
  client.send(gate(name))
  await client.through('waiting\n')
}

const busy = (world: World, options: object) => ({
  functions: { app: world.app({ concurrency: 1, ...options }) },
})

/** Two instances, both ready and with nothing to do. */
async function pair(t: Test, world: World, select: string): Promise<TestGateway> {
  const limits = { instances: { min: 2, max: 2 }, select }
  const gateway = await startGateway(t, world, { functions: { app: world.app(limits) } })
  await gateway.until('ready')
  await gateway.until('ready')
  return gateway
}

await forEachRuntime(t, {
  'scale: who waits longer than the patience gets an instance of its own': async (t, world) => {
    const text = busy(world, { instances: { max: 2 }, scale: { patience: '100ms' } })
    const gateway = await startGateway(t, world, text)
    const first = await gateway.ask('/')
    await occupy(gateway, 'one')
    const second = await gateway.ask('/')
    t.equal(second.headers['x-coldfront-start'], 'cold')
    t.not(whoIs(second), whoIs(first))
    t.equal((await gateway.status()).instances.length, 2)
  },

  'scale: never more instances than the most allowed': async (t, world) => {
    const text = busy(world, { instances: { max: 2 }, scale: { patience: '0s' } })
    const gateway = await startGateway(t, world, text)
    await occupy(gateway, 'one')
    await occupy(gateway, 'two')
    const asked = [gateway.ask('/'), gateway.ask('/')]
    await gateway.held(2)
    const { instances } = await gateway.status()
    t.equal(instances.length, 2)
    await gateway.askAt(instances[0]?.endpoint ?? '', '/open?name=one')
    await gateway.askAt(instances[1]?.endpoint ?? '', '/open?name=two')
    await gateway.askAt(instances[0]?.endpoint ?? '', '/open?name=two')
    await gateway.askAt(instances[1]?.endpoint ?? '', '/open?name=one')
    for (const answer of await Promise.all(asked)) t.equal(answer.status, 200)
    t.equal(gateway.log.all('started').length, 2)
  },

  'scale: within the patience they wait for the instance that is there': async (t, world) => {
    const text = busy(world, { instances: { max: 2 }, scale: { patience: '10m' } })
    const gateway = await startGateway(t, world, text)
    await occupy(gateway, 'one')
    const held = gateway.ask('/')
    await gateway.held(1)
    await gateway.open('one')
    t.equal((await held).headers['x-coldfront-start'], 'queued')
    t.equal(gateway.log.all('started').length, 1)
  },

  'scale: "pack" sends everything to the instance used last': async (t, world) => {
    const gateway = await pair(t, world, 'pack')
    const answers = []
    for (let i = 0; i < 6; i += 1) answers.push(await gateway.ask('/'))
    t.equal(new Set(answers.map(whoIs)).size, 1)
  },

  'scale: "spread" sends a request to the instance with the fewest in flight': async (t, world) => {
    const gateway = await pair(t, world, 'spread')
    await occupy(gateway, 'one')
    const { instances } = await gateway.status()
    t.strictSame(instances.map(({ inFlight }) => inFlight).toSorted(), [0, 1])
    await occupy(gateway, 'two')
    const after = await gateway.status()
    t.strictSame(
      after.instances.map(({ inFlight }) => inFlight),
      [1, 1],
    )
  },

  'scale: the least number runs before any request, and does not sleep': async (t, world) => {
    const idle = { pauseAfter: '50ms', stopAfter: '100ms' }
    const app = world.app({ instances: { min: 1, max: 2 }, idle })
    const gateway = await startGateway(t, world, {
      functions: { app, control: world.app({ idle }) },
    })
    await gateway.until('ready')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
    await gateway.who('control')
    await gateway.until('stopped', 'control')
    t.equal(gateway.log.all('paused', 'app').length, 0)
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
  },

  'scale: one of the least number that ends is replaced without a request': async (t, world) => {
    const app = world.app({ instances: { min: 1, max: 1 } })
    const gateway = await startGateway(t, world, { functions: { app } })
    await gateway.until('ready')
    await gateway.admin('/api/v1/functions/app/stop', 'POST')
    await gateway.until('stopped')
    await gateway.until('ready')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
  },

  'scale: what is over the least number falls asleep': async (t, world) => {
    const app = world.app({
      concurrency: 1,
      instances: { min: 1, max: 2 },
      scale: { patience: '0s' },
      idle: { pauseAfter: '50ms', stopAfter: '100ms' },
    })
    const gateway = await startGateway(t, world, { functions: { app } })
    await gateway.until('ready')
    await occupy(gateway, 'one')
    await gateway.ask('/')
    await gateway.until('stopped')
    await gateway.untilStatus('one instance in use', ({ instances }) =>
      instances.some(({ state, inFlight }) => state === 'ready' && inFlight === 1),
    )
  },
})

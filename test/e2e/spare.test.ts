/** Instances kept ahead of the request: the first one finds a resume instead of a start. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { forEachRuntime } from '../support/world.ts'

await forEachRuntime(t, {
  'spare: nobody has asked yet, and the first request resumes it': async (t, world) => {
    const options = { idle: { pauseAfter: '50ms' }, instances: { max: 2, spare: 1 } }
    const gateway = await startGateway(t, world, { functions: { app: world.app(options) } })
    t.match(await gateway.until('woke'), { why: 'spare' })
    await gateway.until('paused')
    const answer = await gateway.ask('/')
    t.equal(answer.status, 200)
    t.equal(answer.headers['x-coldfront-start'], 'resumed')
  },

  'spare: it stays where another one falls asleep': async (t, world) => {
    const idle = { pauseAfter: '20ms', stopAfter: '50ms' }
    const functions = {
      app: world.app({ idle, instances: { max: 1, spare: 1 } }),
      other: world.app({ idle }),
    }
    const gateway = await startGateway(t, world, { functions })
    await gateway.until('paused')
    await gateway.ask('/', { host: 'other.test' })
    await gateway.until('stopped', 'other')
    t.equal((await gateway.status()).condition, 'paused')
    t.strictSame(gateway.log.all('stopped', 'app'), [])
  },

  'spare: with adaptive tiers the status says which windows are in use': async (t, world) => {
    const functions = { app: world.app({ idle: { policy: 'adaptive', stopAfter: '5m' } }) }
    const gateway = await startGateway(t, world, { functions })
    await gateway.who()
    t.match((await gateway.status()).windows, {
      basis: 'standard',
      prewarmMs: 0,
      keepAliveMs: 300_000,
    })
  },
})

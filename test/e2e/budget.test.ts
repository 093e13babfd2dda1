/** More functions than the host has room for: what is idle ends for what is wanted, and what is in use does not. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { forEachRuntime } from '../support/world.ts'

await forEachRuntime(t, {
  'budget: three functions are served one after the other by a host with room for one': async (
    t,
    world,
  ) => {
    const functions = { app: world.app(), b: world.app(), c: world.app() }
    const gateway = await startGateway(t, world, { budget: { instances: 1 }, functions })
    for (const fn of ['app', 'b', 'c', 'app']) {
      const answer = await gateway.ask('/', { fn })
      t.equal(answer.status, 200, fn)
    }
    t.strictSame(
      gateway.log.all('stopped').map(({ fn, why }) => [fn, why]),
      ['app', 'b', 'c'].map((fn) => [fn, 'to make room']),
    )
    t.match((await gateway.admin('/metrics')).text, 'coldfront_evictions_total{function="b"} 1')
  },

  'budget: with refuse, a request gets 503 with Retry-After while all of it is in use': async (
    t,
    world,
  ) => {
    const functions = { app: world.app(), other: world.app() }
    const budget = { instances: 1, whenFull: 'refuse' }
    const gateway = await startGateway(t, world, { budget, functions })
    await gateway.who()
    const slow = gateway.ask('/gate')
    await gateway.untilStatus('a request in flight', ({ inFlight }) => inFlight === 1)
    const answer = await gateway.ask('/', { fn: 'other' })
    t.equal(answer.status, 503)
    t.match((await gateway.admin('/metrics')).text, /^coldfront_budget_instances 1$/m)
    t.match(await gateway.overview(), { budget: { instances: 1, instancesMax: 1 } })
    t.ok(Number(answer.headers['retry-after']) >= 1)
    await gateway.ask('/open')
    t.equal((await slow).status, 200)
    t.equal((await gateway.ask('/', { fn: 'other' })).status, 200)
  },
})

/** What an operator can order by hand, over the admin socket. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { forEachRuntime } from '../support/world.ts'
import { inFlight } from '../support/in-flight.ts'

const verb = (name: string, fn = 'app'): string => `/api/v1/functions/${fn}/${name}`

await forEachRuntime(t, {
  'admin: wake starts an instance before any request': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    t.equal((await gateway.admin(verb('wake'), 'POST')).status, 200)
    t.match(await gateway.until('woke'), { why: 'operator' })
    await gateway.until('ready')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
  },

  'admin: pause freezes what is idle, and a request or wake resumes it': async (t, world) => {
    const idle = { pauseAfter: '10m' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    const before = await gateway.who()
    t.equal((await gateway.admin(verb('pause'), 'POST')).status, 200)
    await gateway.until('paused')
    t.match(await gateway.status(), { condition: 'paused' })
    t.equal((await gateway.admin(verb('wake'), 'POST')).status, 200)
    t.match(await gateway.until('ready'), { by: 'resumed' })
    t.match(await gateway.who(), { startedAt: before.startedAt })
    t.equal((await gateway.admin(verb('pause'), 'POST')).status, 200)
    await gateway.until('paused')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'resumed')
  },

  'admin: pause leaves alone what is in use': async (t, world) => {
    const idle = { pauseAfter: '10m' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    const client = await inFlight(gateway)
    await gateway.admin(verb('pause'), 'POST')
    await gateway.open('')
    await client.through('open\n')
    t.equal(gateway.log.all('paused').length, 0)
  },

  'admin: pause is refused where the function has no such tier': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const answer = await gateway.admin(verb('pause'), 'POST')
    t.equal(answer.status, 409)
    t.equal(answer.headers['content-type'], 'application/problem+json')
  },

  'admin: stop lets what is in flight end, and the next request wakes the function': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const client = await inFlight(gateway)
    t.equal((await gateway.admin(verb('stop'), 'POST')).status, 200)
    await gateway.state('draining')
    await gateway.open('')
    await client.through('open\n')
    await gateway.until('stopped')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'cold')
  },

  'admin: stop ends a paused instance': async (t, world) => {
    const idle = { pauseAfter: '50ms' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    await gateway.who()
    await gateway.until('paused')
    await gateway.admin(verb('stop'), 'POST')
    await gateway.until('stopped')
    t.match(await gateway.status(), { condition: 'cold' })
  },

  'admin: a function that does not exist is told as such': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    for (const name of ['wake', 'pause', 'stop'])
      t.equal((await gateway.admin(verb(name, 'nobody'), 'POST')).status, 404, name)
    t.equal((await gateway.admin('/api/v1/functions/nobody')).status, 404)
    t.equal((await gateway.admin(verb('wake'))).status, 405)
  },
})

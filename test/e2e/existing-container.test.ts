/** A container that somebody else made: started, paused and stopped by the gateway, never made and never removed. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { type DockerWorld, existingContainer, onDocker } from '../support/world.ts'
import { inFlight } from '../support/in-flight.ts'

async function stateOf({ engine }: DockerWorld, name: string): Promise<string> {
  return (await engine.docker.getContainer(name).inspect()).State.Status
}

await onDocker(t, {
  'existing container: a request starts it, and it is reached by its own address': async (
    t,
    world,
  ) => {
    const container = await existingContainer(world)
    t.equal(await stateOf(world, container), 'created')
    const gateway = await startGateway(t, world, { functions: { app: { container } } })
    const answer = await gateway.ask('/')
    t.equal(answer.status, 200)
    t.equal(answer.headers['x-coldfront-start'], 'cold')
    const { Id, NetworkSettings } = await world.engine.docker.getContainer(container).inspect()
    t.ok(Id.startsWith((JSON.parse(answer.text) as { host: string }).host))
    const { instances } = await gateway.status()
    t.equal(instances[0]?.endpoint, `${NetworkSettings.Networks['bridge']?.IPAddress}:8080`)
  },

  'existing container: it is paused, resumed, stopped and started again, and stays the same one':
    async (t, world) => {
      const container = await existingContainer(world)
      const idle = { pauseAfter: '50ms', stopAfter: '1s', removeAfter: '1s' }
      const gateway = await startGateway(t, world, { functions: { app: { container, idle } } })
      const first = await gateway.who()
      await gateway.until('paused')
      t.equal(await stateOf(world, container), 'paused')
      t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'resumed')
      await gateway.state('dormant')
      t.equal(await stateOf(world, container), 'exited')
      const second = await gateway.who()
      t.equal(second.host, first.host, 'never made anew')
      t.not(second.startedAt, first.startedAt)
      await gateway.state('dormant')
      t.equal((await gateway.status()).instances.length, 1, 'never removed')
    },

  'existing container: the end of the gateway stops it, and leaves it there': async (t, world) => {
    const container = await existingContainer(world)
    const gateway = await startGateway(t, world, { functions: { app: { container } } })
    await gateway.who()
    await gateway.close()
    t.equal(await stateOf(world, container), 'exited')
  },

  'existing container: one that runs already is warm for the first request': async (t, world) => {
    const container = await existingContainer(world)
    await world.engine.docker.getContainer(container).start()
    const gateway = await startGateway(t, world, { functions: { app: { container } } })
    await gateway.state('ready')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
    t.equal(gateway.log.all('started').length, 0)
  },

  'existing container: one that is started by hand is taken as it is': async (t, world) => {
    const container = await existingContainer(world)
    const gateway = await startGateway(t, world, { functions: { app: { container } } })
    await gateway.who()
    await gateway.admin('/api/v1/functions/app/stop', 'POST')
    await gateway.until('stopped')
    await world.engine.docker.getContainer(container).start()
    await gateway.until('state', 'app', ({ event }) => event === 'StartedOutside')
    await gateway.state('ready')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
  },

  'existing container: taken out of the configuration it ends what is in flight, is stopped and left':
    async (t, world) => {
      const container = await existingContainer(world)
      const other = world.app()
      const gateway = await startGateway(t, world, { functions: { app: { container }, other } })
      const client = await inFlight(gateway)
      const { instances } = await gateway.status()
      await gateway.rewrite({ functions: { other } })
      await gateway.reload()
      await gateway.state('draining')
      // The engine is asked anew at a reload: by then another function has been made through it.
      await gateway.who('other')
      await gateway.askAt(instances[0]?.endpoint ?? '', '/open')
      await client.through('open\n')
      await gateway.state('stopped')
      t.equal(await stateOf(world, container), 'exited')
    },
})

/** Containers created ahead of the request: a start is all that is left of a cold start. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { onDocker } from '../support/world.ts'

await onDocker(t, {
  'prepared: a container is there before anybody asks, and the first request starts that one':
    async (t, world) => {
      const instances = { max: 1, prepared: 1 }
      const functions = { app: world.app({ instances }) }
      const gateway = await startGateway(t, world, { functions })
      const { instance } = await gateway.state('dormant')
      const answer = await gateway.ask('/')
      t.equal(answer.headers['x-coldfront-start'], 'cold')
      const ready = await gateway.until('ready')
      t.equal(ready.instance, instance)
      t.match(ready.phases, { create: 0, pull: 0 })
    },

  'prepared: a changed function gets another one, and the end of the gateway leaves none': async (
    t,
    world,
  ) => {
    const functions = (GREETING: string) => ({
      app: world.app({ instances: { prepared: 1 }, env: { GREETING } }),
    })
    const gateway = await startGateway(t, world, { functions: functions('a') })
    await gateway.state('dormant')
    await gateway.rewrite({ functions: functions('b') })
    await gateway.reload()
    await gateway.state('stopped')
    await gateway.state('dormant')
    const listed = () =>
      world.engine.docker.listContainers({
        all: true,
        filters: { label: Object.entries(world.engine.labels).map((pair) => pair.join('=')) },
      })
    // The old one is being removed while the new one is there already.
    while ((await listed()).length > 1);
    t.equal((await listed()).length, 1)
    await gateway.close()
    t.equal((await listed()).length, 0)
  },
})

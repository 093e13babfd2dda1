/** An upgraded connection that carries nothing does not keep an instance awake, and is not lost by its sleep. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { WEBSOCKET, frameOf } from '../support/websocket.ts'
import { forEachRuntime } from '../support/world.ts'

await forEachRuntime(t, {
  'idle WebSocket: the instance is paused under it, and a message from the client resumes it':
    async (t, world) => {
      const idle = { pauseAfter: '50ms', tunnelAfter: '1s' }
      const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
      const client = await gateway.client()
      client.send(WEBSOCKET('app.test'))
      await client.through('\r\n\r\n')
      client.send(frameOf('one'))
      await client.through('one')
      await gateway.until('paused')
      client.send(frameOf('two'))
      await client.through('two')
      t.match(await gateway.until('ready'), { by: 'resumed' })
      t.equal(client.ending, undefined)
      await gateway.until('paused')
      client.send(frameOf('three'))
      await client.through('three')
    },

  'idle WebSocket: a request meanwhile resumes the instance for both': async (t, world) => {
    const idle = { pauseAfter: '50ms', tunnelAfter: '1s' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    const client = await gateway.client()
    client.send(WEBSOCKET('app.test'))
    await client.through('\r\n\r\n')
    await gateway.until('paused')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'resumed')
    client.send(frameOf('still here'))
    await client.through('still here')
  },
})

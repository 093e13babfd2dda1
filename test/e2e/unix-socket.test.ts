/** Functions that listen on a unix socket instead of a port. */

import { join } from 'node:path'

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { WEBSOCKET, frameOf } from '../support/websocket.ts'
import { type Options, type World, forEachRuntime, onProcesses, whoIs } from '../support/world.ts'

/** A child process may have one of its own; in a container the path is the function's. */
const listening = (world: World, options: Options = {}): Options =>
  world.app({ socket: world.name === 'process' ? 'app.sock' : '/run/app/app.sock', ...options })

await forEachRuntime(t, {
  'unix socket: requests, uploads and upgraded connections go through it': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: listening(world) } })
    const answer = await gateway.ask('/')
    t.equal(answer.status, 200, answer.text)
    t.equal(answer.headers['x-coldfront-start'], 'cold')
    t.match((await gateway.status()).instances[0]?.endpoint, /^unix:\//)
    const body = 'x'.repeat(1_000_000)
    const uploaded = await gateway.ask('/upload', { method: 'POST', body })
    t.match(JSON.parse(uploaded.text), { bytes: body.length })
    const client = await gateway.client()
    client.send(WEBSOCKET('app.test'))
    await client.through('\r\n\r\n')
    client.send(frameOf('hello'))
    await client.through('hello')
  },

  'unix socket: the instance is paused and resumed': async (t, world) => {
    const app = listening(world, { idle: { pauseAfter: '50ms' } })
    const gateway = await startGateway(t, world, { functions: { app } })
    const before = await gateway.ask('/')
    await gateway.until('paused')
    const answer = await gateway.ask('/')
    t.equal(answer.headers['x-coldfront-start'], 'resumed')
    t.equal(whoIs(answer), whoIs(before))
  },

  'unix socket: a socket that a killed run has left does not keep the next one from starting':
    async (t, world) => {
      const gateway = await startGateway(t, world, { functions: { app: listening(world) } })
      const before = await gateway.who()
      await world.signal(before, 'SIGKILL')
      await gateway.until('failed')
      await gateway.untilStatus('the end of the backoff', ({ backoffMs }) => backoffMs === 0)
      const after = await gateway.who()
      t.not(after.startedAt, before.startedAt)
    },

  'unix socket: two instances have a socket each': async (t, world) => {
    const app = listening(world, { instances: { min: 2, max: 2 }, select: 'spread' })
    const gateway = await startGateway(t, world, { functions: { app } })
    await gateway.until('ready')
    await gateway.until('ready')
    const { instances } = await gateway.status()
    t.equal(new Set(instances.map(({ endpoint }) => endpoint)).size, 2)
    t.equal((await gateway.ask('/')).status, 200)
  },
})

await onProcesses(t, {
  'unix socket: a fixed path is taken as it is': async (t, world) => {
    const { dir } = await startGateway(t, world, { functions: { other: world.app() } })
    const socket = join(dir, 'fixed.sock')
    const gateway = await startGateway(t, world, { functions: { app: world.app({ socket }) } })
    t.equal((await gateway.ask('/')).status, 200)
    t.equal((await gateway.status()).instances[0]?.endpoint, `unix:${socket}`)
  },
})

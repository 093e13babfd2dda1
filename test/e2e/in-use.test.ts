/**
 * Whoever is being served is not cut off, however long it takes. A second function with the same idle tiers shows
 * that their time has come: when it has been put to sleep, the one in use would have been as well.
 */

import t from 'tap'
import type { Test } from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import { WEBSOCKET, frameOf } from '../support/websocket.ts'
import { type World, forEachRuntime } from '../support/world.ts'
import { inFlight } from '../support/in-flight.ts'

const IDLE = { pauseAfter: '50ms', stopAfter: '150ms' }

async function start(t: Test, world: World): Promise<TestGateway> {
  const app = world.app({ idle: IDLE })
  return startGateway(t, world, { functions: { app, control: app } })
}

/** Until an instance that falls idle after this call has been stopped for it. */
async function idleTimePasses(gateway: TestGateway): Promise<void> {
  await gateway.who('control')
  await gateway.until('stopped', 'control')
}

/** It is the use that kept it awake: without, it sleeps. */
async function sleepsAfterwards(t: Test, gateway: TestGateway): Promise<void> {
  t.equal(gateway.log.all('paused', 'app').length, 0, 'it was not paused meanwhile')
  t.equal(gateway.log.all('stopped', 'app').length, 0, 'it was not stopped meanwhile')
  await gateway.until('paused')
  await gateway.until('stopped')
}

await forEachRuntime(t, {
  'in use: a response that takes long arrives whole': async (t, world) => {
    const gateway = await start(t, world)
    const client = await inFlight(gateway)
    await idleTimePasses(gateway)
    await gateway.open('')
    await client.through('open\n')
    await client.through('0\r\n\r\n')
    await sleepsAfterwards(t, gateway)
  },

  'in use: a stream of events goes on': async (t, world) => {
    const gateway = await start(t, world)
    const client = await gateway.client()
    client.send('GET /sse?count=1000000&ms=20 HTTP/1.1\r\nHost: app.test\r\n\r\n')
    await client.through('tick 0')
    await idleTimePasses(gateway)
    client.discard()
    await client.through('tick ')
    client.reset()
    await gateway.log.finished('app', 1)
    await sleepsAfterwards(t, gateway)
  },

  'in use: a large download to a slow reader arrives whole': async (t, world) => {
    const gateway = await start(t, world)
    const client = await gateway.client()
    const bytes = 32 * 1024 * 1024
    client.send(`GET /stream?bytes=${bytes} HTTP/1.1\r\nHost: app.test\r\n\r\n`)
    const head = await client.through('\r\n\r\n')
    client.pause()
    await idleTimePasses(gateway)
    client.onData = () => client.discard()
    client.resume()
    await client.receivedAtLeast(head.length + bytes)
    await sleepsAfterwards(t, gateway)
  },

  'in use: an upload that takes long arrives whole': async (t, world) => {
    const gateway = await start(t, world)
    const client = await gateway.client()
    client.send('POST /upload HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\nfirst')
    await gateway.until('ready')
    await idleTimePasses(gateway)
    client.send('-last')
    const { status, body } = await client.message()
    t.equal(status, 200)
    t.match(JSON.parse(body), { bytes: 10 })
    await sleepsAfterwards(t, gateway)
  },

  'in use: an open WebSocket stays, and passes messages both ways': async (t, world) => {
    const gateway = await start(t, world)
    const client = await gateway.client()
    client.send(WEBSOCKET('app.test'))
    t.match(await client.through('\r\n\r\n'), /^HTTP\/1\.1 101 /)
    client.send(frameOf('one'))
    await client.through('one')
    await idleTimePasses(gateway)
    client.send(frameOf('two'))
    await client.through('two')
    client.destroy()
    await gateway.log.finished('app', 1)
    await sleepsAfterwards(t, gateway)
  },
})

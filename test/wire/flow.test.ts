/** Row 47: each side is read only as fast as the other takes it, and nothing waits for more to come. */

import assert from 'node:assert/strict'

import { GET, HOST, OK, type Scene, row } from './row.ts'

const MIB = 1024 * 1024
const TOTAL = 64 * MIB
/** What may be on the way at once: two sockets' buffers of the system and a few of ours. */
const ON_THE_WAY_MAX = 24 * MIB

/** Writes `TOTAL` bytes as fast as they are taken; tells how many were. */
function pour(to: { send(data: Uint8Array): unknown; drained(): Promise<void> }) {
  const part = Buffer.alloc(MIB / 4, 'x')
  const state = { taken: 0, done: Promise.resolve() }
  state.done = (async () => {
    while (state.taken < TOTAL) {
      to.send(part)
      await to.drained()
      state.taken += part.length
    }
  })()
  state.done.catch(() => {})
  return state
}

/** Requests on another connection during which nothing moves, before it counts as standing still. */
const CALM = 20

/** Resolves with `value` when it has stopped growing: others went all the way meanwhile, it did not. */
async function settled({ connect, upstream }: Scene, value: () => number): Promise<number> {
  const other = await connect()
  other.send(GET)
  const app = await upstream.accept()
  let last = value()
  for (let calm = 0; calm < CALM; calm += 1) {
    await app.message()
    app.send(OK)
    await other.message()
    if (value() !== last) calm = 0
    last = value()
    other.send(GET)
  }
  other.destroy()
  return last
}

row(47, 'a client that does not read stops the upstream', async (open) => {
  const scene = await open()
  const { client } = scene
  const { app } = await scene.forwarded(GET)
  client.pause()
  const poured = pour(app.send(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`))
  const stalledAt = await settled(scene, () => poured.taken)
  assert.ok(stalledAt < ON_THE_WAY_MAX, `${stalledAt} bytes were taken`)
  client.onData = () => client.discard()
  client.resume()
  await client.receivedAtLeast(TOTAL)
  await poured.done
})

row(47, 'an upstream that does not read stops the client', async (open) => {
  const scene = await open()
  const { client, upstream } = scene
  const poured = pour(client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${TOTAL}\r\n\r\n`))
  const app = await upstream.accept()
  app.pause()
  const stalledAt = await settled(scene, () => poured.taken)
  assert.ok(stalledAt < ON_THE_WAY_MAX, `${stalledAt} bytes were taken`)
  app.onData = () => app.discard()
  app.resume()
  await app.receivedAtLeast(TOTAL)
  await poured.done
})

row(47, 'many stalled clients do not make the memory grow', async (open) => {
  const scene = await open()
  const { connect, upstream } = scene
  const before = process.memoryUsage().arrayBuffers
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect()))
  const pours: ReturnType<typeof pour>[] = []
  for (const client of clients) {
    client.send(GET)
    const app = await upstream.accept()
    await app.head()
    client.pause()
    pours.push(pour(app.send(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`)))
  }
  await settled(scene, () => pours.reduce((sum, { taken }) => sum + taken, 0))
  const grown = process.memoryUsage().arrayBuffers - before
  // Coarse, since much of it is garbage not yet collected; what is offered is 16 times as much.
  assert.ok(grown < 200 * MIB, `${Math.round(grown / MIB)} MiB more`)
  for (const client of clients) client.destroy()
})

row(47, 'a stream is passed on at once, piece by piece', async (open) => {
  const { forwarded, client } = await open()
  const { app } = await forwarded(GET)
  app.send(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  await client.head()
  for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
    app.send(`${event.length.toString(16)}\r\n${event}\r\n`)
    await client.through(event)
  }
})

row(47, 'a request is passed on at once, piece by piece', async (open) => {
  const { client, upstream } = await open()
  client.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n`)
  const app = await upstream.accept()
  await app.through('one')
  for (const piece of ['two', 'six']) {
    client.send(`3\r\n${piece}\r\n`)
    await app.through(piece)
  }
})

row(47, 'an upgraded connection has backpressure too', async (open) => {
  const scene = await open()
  const { client } = scene
  const { app } = await scene.forwarded(
    `GET / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: x\r\n\r\n`,
  )
  app.send('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
  await client.head()
  client.pause()
  const down = pour(app)
  assert.ok((await settled(scene, () => down.taken)) < ON_THE_WAY_MAX)
  app.pause()
  const up = pour(client)
  assert.ok((await settled(scene, () => up.taken)) < ON_THE_WAY_MAX)
})

/** Reading accepted connections: what one reads is its own, although all read into one buffer. */

import t, { type Test } from 'tap'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { PassThrough } from 'node:stream'
import { reading } from '../../../src/http1/accepted.ts'

interface Pair {
  readonly client: Socket
  readonly stream: Duplex
  readonly chunks: Buffer[]
}

async function listening(t: Test): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

async function pair(t: Test, server: Server): Promise<Pair> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  const chunks: Buffer[] = []
  const stream = reading(socket, (bytes) => chunks.push(bytes) < 0)
  t.teardown(() => {
    client.destroy()
    stream.destroy()
  })
  return { client, stream, chunks }
}

t.test(
  'accepted: connections that read in turns keep their own bytes, small and large',
  async (t) => {
    const server = await listening(t)
    const pairs = [await pair(t, server), await pair(t, server), await pair(t, server)]
    const sizes = [10, 70_000, 300, 200_000, 1, 65_536, 32_768, 500]
    for (const size of sizes)
      for (const [i, { client }] of pairs.entries()) client.write(Buffer.alloc(size, i + 1))
    for (const { client } of pairs) client.end()
    await Promise.all(pairs.map(({ stream }) => once(stream, 'end')))
    const whole = sizes.reduce((sum, size) => sum + size, 0)
    for (const [i, { chunks }] of pairs.entries()) {
      t.strictSame(Buffer.concat(chunks).equals(Buffer.alloc(whole, i + 1)), true)
    }
  },
)

t.test('accepted: what was read stays as it was while more is read', async (t) => {
  const { client, chunks, stream } = await pair(t, await listening(t))
  client.write('first')
  while (chunks.length === 0) await new Promise(setImmediate)
  client.end('second')
  await once(stream, 'end')
  t.equal(Buffer.concat(chunks).toString(), 'firstsecond')
  t.equal(chunks[0]?.toString(), 'first')
})

t.test('accepted: a paused stream reads nothing until it is resumed', async (t) => {
  const { client, chunks, stream } = await pair(t, await listening(t))
  stream.pause()
  client.write(Buffer.alloc(4_000_000), () => {})
  await new Promise(setImmediate)
  const before = chunks.length
  t.ok(before <= 1)
  stream.resume()
  client.end()
  await once(stream, 'end')
  t.equal(
    chunks.reduce((sum, { length }) => sum + length, 0),
    4_000_000,
  )
})

t.test('accepted: the ends of a connection stay what they were', async (t) => {
  const { client, stream } = await pair(t, await listening(t))
  t.equal((stream as Socket).remotePort, client.localPort)
})

t.test('accepted: a stream that is no socket is read as it is', async (t) => {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  t.equal(
    reading(stream, (bytes) => chunks.push(bytes) < 0),
    stream,
  )
  stream.end('bytes')
  await once(stream, 'end')
  t.equal(Buffer.concat(chunks).toString(), 'bytes')
})

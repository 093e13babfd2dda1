/** Connections to an upstream, used one request after the other. */

import t, { type Test } from 'tap'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { ClientConnection } from '../../../src/http1/client-connection.ts'
import { Deadlines } from '../../../src/http1/deadlines.ts'
import { Head } from '../../../src/http1/record.ts'
import type { ResponseOwner } from '../../../src/http1/response-owner.ts'
import { UpstreamPool } from '../../../src/http1/upstream-pool.ts'
import { systemClock } from '../../../src/lib/clock.ts'

const LIMITS = { idleMs: 60_000, idleMaxMs: 60_000, idleSlackMs: 0, freshMs: 60_000 }
const HEAD_LIMITS = { headMax: 16_384, fieldsMax: 100, targetMax: 8_192 }

/** An upstream that answers every request with `answer`. */
async function poolTo(t: Test, answer: string): Promise<UpstreamPool> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', () => socket.write(answer))
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pool = new UpstreamPool({
    address: { port, host: '127.0.0.1' },
    shared: { deadlines: new Deadlines(systemClock), head: new Head(HEAD_LIMITS) },
    limits: LIMITS,
    emptied: () => {},
  })
  t.teardown(() => {
    pool.close('the test is over')
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return pool
}

/** One GET; resolves with how many bytes of a body came. `onData` is called for each part of it. */
function get(pool: UpstreamPool, onData: (connection: ClientConnection) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    const connection = pool.take(true)!
    const send = (): void => connection.flush()
    const owner: ResponseOwner = {
      connected: send,
      interim: () => {},
      responseHead: () => {},
      responseData: (_bytes, at, end) => {
        bytes += end - at
        onData(connection)
        return true
      },
      responseEnd: () => resolve(bytes),
      failed: (code, _sent, cause) => reject(new Error(`${code}: ${cause}`)),
      requestDrained: () => {},
      responseTurn: () => {},
      expired: () => {},
    }
    connection.begin(owner, 'GET').text('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    connection.body('none', 0)
    if (connection.isKept) send()
  })
}

t.test(
  'upstream pool: a response whose end was read slowly leaves a connection that is read again',
  async (t) => {
    const pool = await poolTo(t, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
    t.equal(await get(pool, (connection) => connection.pause()), 5)
    t.equal(await get(pool, () => {}), 5)
    t.equal(pool.size, 1)
  },
)

/** A server that answers exactly what it is told, connection by connection. */

import { type AddressInfo, type Socket, createServer } from 'node:net'

import type { Test } from 'tap'

import type { Endpoint } from '../../src/domain/endpoint.ts'
import { RawConnection } from './raw-connection.ts'

export interface RawUpstream {
  readonly port: number
  readonly endpoint: Endpoint
  /** Connections accepted so far. */
  readonly accepted: number
  /** The next connection, in the order they came. */
  accept(): Promise<RawConnection>
  /** Whether a connection came that nobody has accepted. */
  readonly hasPending: boolean
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1, or on a unix socket; ends with the test. */
export async function rawUpstream(
  t: Test,
  {
    port = 0,
    path,
    patienceMs = 5_000,
  }: { port?: number; path?: string; patienceMs?: number } = {},
): Promise<RawUpstream> {
  const pending: RawConnection[] = []
  const takers: ((c: RawConnection) => void)[] = []
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const connection = new RawConnection(socket, patienceMs)
    const taker = takers.shift()
    if (taker) taker(connection)
    else pending.push(connection)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path === undefined ? { host: '127.0.0.1', port } : { path }, resolve)
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const s of sockets) s.destroy()
    })
  t.teardown(close)
  const bound = path === undefined ? (server.address() as AddressInfo).port : 0
  return {
    port: bound,
    endpoint:
      path === undefined
        ? { k: 'tcp', host: '127.0.0.1', port: bound, proto: 'h1' }
        : { k: 'unix', path, proto: 'h1' },
    get accepted() {
      return accepted
    },
    get hasPending() {
      return pending.length > 0
    },
    accept: () => {
      const ready = pending.shift()
      if (ready) return Promise.resolve(ready)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no connection came in ${patienceMs} ms (${accepted} before)`)),
          patienceMs,
        )
        timer.unref()
        takers.push((connection) => {
          clearTimeout(timer)
          resolve(connection)
        })
      })
    },
    close,
  }
}

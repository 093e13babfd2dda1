/** A client that sends exactly what it is told. */

import { connect } from 'node:net'

import type { Test } from 'tap'

import { RawConnection } from './raw-connection.ts'

/** Connects to a port of 127.0.0.1; destroyed when the test ends. */
export async function rawClient(
  t: Test,
  port: number,
  patienceMs?: number,
): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const connection = new RawConnection(socket, patienceMs)
  t.teardown(() => connection.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return connection
}

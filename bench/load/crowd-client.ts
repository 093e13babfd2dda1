/**
 * A crowd that does nothing: opens connections, asks once on each, reads the answer and stays. Prints `held` when all are
 * answered, and stays until it is ended.
 *
 * Arguments: port, host, connections.
 */

import { connect } from 'node:net'

/** Handshakes under way at once: below the backlog of a listener (511 in Node), whose overflow costs a second. */
const HANDSHAKES_MAX = 128

const [, , port = '', host = '', count = ''] = process.argv
const connections = Number(count)
const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const buffer = Buffer.allocUnsafe(16_384)

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const callback = (): boolean => {
      resolve()
      return true
    }
    const onread = { buffer, callback }
    const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true, onread })
    socket.once('connect', () => socket.write(request))
    socket.on('error', reject)
    // One that is closed is not idle: the number per connection would be wrong.
    socket.on('close', () => process.exit(1))
  })
}

for (let opened = 0; opened < connections; opened += HANDSHAKES_MAX)
  await Promise.all(Array.from({ length: Math.min(HANDSHAKES_MAX, connections - opened) }, open))
process.stdout.write('held\n')

import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { isToItself } from '../../../src/http1/outlet.ts'

t.test('outlet: a socket that is connected to itself is told from one with a peer', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const other = connect({ port, host: '127.0.0.1' })
  await once(other, 'connect')
  t.notOk(isToItself(other))
  other.destroy()
  server.close()
  await once(server, 'close')

  // The port is free again, and the system is asked for exactly this one as the socket's own.
  const self = connect({ port, localPort: port, host: '127.0.0.1', localAddress: '127.0.0.1' })
  t.teardown(() => self.destroy())
  await once(self, 'connect')
  t.ok(isToItself(self))
})

// The upstream of upgraded connections: answers a request for an upgrade with 101, then sends back every byte as it
// comes; other requests get a small answer. Prints its port.
import { createServer } from 'node:net'

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n'
const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const server = createServer({ noDelay: true }, (socket) => {
  let text = ''
  const read = (chunk) => {
    text += chunk.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return
    const isUpgrade = /\r\nupgrade: *echo/i.test(text.slice(0, end))
    const rest = text.slice(end + 4)
    text = ''
    socket.write(isUpgrade ? SWITCHED + rest : PLAIN, 'latin1')
    if (!isUpgrade) return
    socket.off('data', read)
    socket.pipe(socket)
  }
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  console.log(server.address().port),
)

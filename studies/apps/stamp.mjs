// A function that tells when it listened and when the first byte of the request reached it, on the machine's monotonic
// clock. Raw sockets: it starts as fast as Node does.
import { createServer } from 'node:net'
import { hostname } from 'node:os'

const now = () => Number(process.hrtime.bigint()) / 1e6
const { PORT = '8080', HOST = '127.0.0.1' } = process.env
let listening

const server = createServer((socket) => {
  let text = ''
  let firstByte
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    firstByte ??= now()
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      text = text.slice(end + 4)
      const body = JSON.stringify({ listening, firstByte, hostname: hostname() })
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      firstByte = undefined
    }
  })
})
server.listen({ port: Number(PORT), host: HOST }, () => {
  listening = now()
})

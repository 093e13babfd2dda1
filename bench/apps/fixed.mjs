// The upstream of the warm scenario where nginx is not installed: raw sockets, one fixed answer, no parsing beyond the end
// of a head. GET /seen answers with the fields that a proxy must have added. Prints its port;
// listens also on the unix socket that its argument names.
import { createServer } from 'node:net'

const answer = (body) =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
const FIXED = answer('x'.repeat(128))
const ADDED = [
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'via',
  'x-request-id',
]

function seen(head) {
  const fields = new Map(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => [line.split(':')[0].toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
  )
  return answer(ADDED.map((name) => fields.get(name) ?? '').join('|'))
}

function serve(socket) {
  let text = ''
  let bodyLeft = 0
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    for (;;) {
      const skipped = Math.min(bodyLeft, text.length)
      text = text.slice(skipped)
      bodyLeft -= skipped
      const end = bodyLeft > 0 ? -1 : text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = text.slice(0, end)
      text = text.slice(end + 4)
      bodyLeft = head.startsWith('GET') ? 0 : Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      socket.write(head.startsWith('GET /seen ') ? seen(head) : FIXED)
    }
  })
}

if (process.argv[2]) createServer(serve).listen({ path: process.argv[2], backlog: 4096 })
const server = createServer(serve)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  console.log(server.address().port),
)

// The shortest honest proxy of Node's server and undici's pool: what the two cost without a gateway around them.
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'

const upstream = new Pool(`http://127.0.0.1:${process.argv[2]}`, {
  connections: 256,
  pipelining: 1,
})
/** Of the connection, not of the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

function forwarded(req) {
  const fields = []
  for (let i = 0; i < req.rawHeaders.length; i += 2)
    if (!HOP_BY_HOP.has(req.rawHeaders[i].toLowerCase()))
      fields.push(req.rawHeaders[i], req.rawHeaders[i + 1])
  fields.push('X-Forwarded-For', req.socket.remoteAddress, 'X-Forwarded-Proto', 'http')
  fields.push(
    'X-Forwarded-Host',
    req.headers.host,
    'Via',
    '1.1 undici',
    'X-Request-Id',
    randomUUID(),
  )
  return fields
}

const server = createServer((req, res) => {
  const hasBody =
    req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined
  const request = {
    path: req.url,
    method: req.method,
    headers: forwarded(req),
    body: hasBody ? req : null,
  }
  const answered = ({ statusCode, headers }) => {
    for (const name of HOP_BY_HOP) delete headers[name]
    res.writeHead(statusCode, headers)
    return res
  }
  upstream
    .stream(request, answered)
    .catch(() => (res.headersSent ? res.destroy() : res.writeHead(502).end()))
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

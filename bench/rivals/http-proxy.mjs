// http-proxy as its users run it, with a keep-alive agent and the fields that all proxies here add.
import { Agent, createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import httpProxy from 'http-proxy'

const proxy = httpProxy.createProxyServer({
  target: { host: '127.0.0.1', port: Number(process.argv[2]) },
  agent: new Agent({ keepAlive: true, maxSockets: Infinity }),
  xfwd: true,
})
proxy.on('proxyReq', (request) => {
  request.setHeader('Via', '1.1 http-proxy')
  request.setHeader('X-Request-Id', randomUUID())
})
proxy.on('error', (_error, _req, res) => {
  if ('writeHead' in res && !res.headersSent) res.writeHead(502).end()
  else res.destroy()
})
const server = createServer((req, res) => proxy.web(req, res))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

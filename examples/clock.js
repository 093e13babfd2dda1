// Server-sent events: the time, once a second, until the client leaves.

import { createServer } from 'node:http'

createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const tick = () => response.write(`data: ${new Date().toISOString()}\n\n`)
  tick()
  const timer = setInterval(tick, 1000)
  response.on('close', () => clearInterval(timer))
}).listen(process.env.PORT, '127.0.0.1')

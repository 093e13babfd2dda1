// Sends every request back: its line, its fields and its body, byte for byte as they come in.

import { createServer } from 'node:http'

createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.write(`${request.method} ${request.url}\n`)
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    response.write(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}\n`)
  }
  response.write('\n')
  request.pipe(response)
}).listen(process.env.PORT, '127.0.0.1')

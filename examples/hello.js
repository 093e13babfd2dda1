// Says hello, and which instance says it. Small on purpose: a cold start should be the gateway's, not the app's.

import { createServer } from 'node:http'

const { GREETING = 'hello', PORT, K_REVISION } = process.env
let served = 0

createServer((request, response) => {
  served += 1
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(
    `${GREETING}, world\nrevision ${K_REVISION}, pid ${process.pid}, request ${served} of this instance\n`,
  )
}).listen(PORT, '127.0.0.1')

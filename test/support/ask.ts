/** One GET to an instance on a connection of its own; tries again while nothing listens yet. */

import { request } from 'node:http'
import type { Endpoint } from '../../src/domain/endpoint.ts'

const ASK_MAX_MS = 20_000
const ASK_STEP_MS = 10

/** The body of the answer. */
export async function ask(endpoint: Endpoint, path: string): Promise<string> {
  const giveUp = performance.now() + ASK_MAX_MS
  for (;;) {
    try {
      return await once(endpoint, path)
    } catch (error) {
      if (performance.now() > giveUp) throw error
    }
    await new Promise((resolve) => {
      setTimeout(resolve, ASK_STEP_MS)
    })
  }
}

function once(endpoint: Endpoint, path: string): Promise<string> {
  const where =
    endpoint.k === 'unix'
      ? { socketPath: endpoint.path }
      : { host: endpoint.host, port: endpoint.port }
  return new Promise((resolve, reject) => {
    const req = request({ ...where, path, agent: false, timeout: 2_000 }, (res) => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (part: string) => (body += part))
      res.on('end', () => resolve(body))
      res.on('error', reject)
    })
    req.on('timeout', () => req.destroy(new Error(`no answer to ${path}`)))
    req.on('error', reject)
    req.end()
  })
}

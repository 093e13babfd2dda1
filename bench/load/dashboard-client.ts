/**
 * A dashboard that is open, as the gateway sees it: the stream of events, the overview each second, with a third argument
 * the tail of requests too. Meanwhile it has a function paused and woken all the time, so that there are events. Prints
 * `open` when it has seen both, and one JSON line of what it saw when it is ended.
 *
 * Arguments: the admin socket, the function, `tail` or nothing.
 */

import { Agent, request } from 'node:http'
import { sleep } from '../harness/time.ts'

/** As often as the dashboard asks when nothing happens. */
const LOOK_MS = 1_000
/** Each order is some five events. */
const ORDER_MS = 500

const [, , socketPath = '', name = '', tail] = process.argv
const agent = new Agent({ keepAlive: true })
const seen = { events: 0, overviews: 0, requests: 0 }

function ask(method: 'GET' | 'POST', path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = method === 'POST' ? { 'content-type': 'application/json' } : {}
    const req = request({ socketPath, agent, method, path, headers }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (part: string) => (text += part))
      res.on('end', () => resolve(text))
    })
    req.on('error', reject)
    req.end(method === 'POST' ? '{}' : undefined)
  })
}

/** Resolves with the first of it. */
function follow(path: string, heard: (pieces: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, path }, (res) => {
      if (res.statusCode !== 200) reject(new Error(`${path}: ${res.statusCode}`))
      res.setEncoding('utf8')
      res.on('data', (part: string) => heard(part.split('\n\n').length - 1))
      resolve()
    })
    req.on('error', reject)
    req.end()
  })
}

async function look(): Promise<void> {
  for (let revision = ''; ;) {
    const answer = JSON.parse(await ask('GET', `/api/v1/overview?since=${revision}`)) as {
      revision: string
    }
    revision = answer.revision
    seen.overviews += 1
    if (seen.overviews === 1) console.log('open')
    await sleep(LOOK_MS)
  }
}

async function order(): Promise<void> {
  for (const verbs = ['wake', 'pause']; ;) {
    for (const verb of verbs) {
      await ask('POST', `/api/v1/functions/${name}/${verb}`)
      await sleep(ORDER_MS)
    }
  }
}

await follow('/api/v1/events?last=1000', (pieces) => (seen.events += pieces))
if (tail === 'tail') await follow('/api/v1/requests', (pieces) => (seen.requests += pieces))
process.on('SIGTERM', () => {
  console.log(JSON.stringify(seen))
  process.exit(0)
})
await Promise.all([look(), order()])

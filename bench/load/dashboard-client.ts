/**
 * A dashboard as the gateway sees it: the stream of events, the overview each second, with a third argument the tail of
 * requests too. While it is open it has a function paused and woken all the time, so that there are events. Prints `ready`,
 * opens and closes with each SIGUSR2, and prints one JSON line of what it saw when it is ended.
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

/** Reads until it is closed. */
function follow(path: string, signal: AbortSignal, heard: (pieces: number) => void): void {
  const req = request({ socketPath, path, signal }, (res) => {
    if (res.statusCode !== 200) throw new Error(`${path}: ${res.statusCode}`)
    res.setEncoding('utf8')
    res.on('data', (part: string) => heard(part.split('\n\n').length - 1))
    res.on('error', () => undefined)
  })
  // Closing it is one.
  req.on('error', () => undefined)
  req.end()
}

/** Until it is closed. */
async function look(closed: AbortSignal): Promise<void> {
  for (let revision = ''; !closed.aborted; await sleep(LOOK_MS)) {
    const answer = JSON.parse(await ask('GET', `/api/v1/overview?since=${revision}`)) as {
      revision: string
    }
    revision = answer.revision
    seen.overviews += 1
  }
}

async function order(closed: AbortSignal): Promise<void> {
  for (let verb = 'pause'; !closed.aborted; await sleep(ORDER_MS)) {
    verb = verb === 'wake' ? 'pause' : 'wake'
    await ask('POST', `/api/v1/functions/${name}/${verb}`)
  }
}

/** Open it, or close it. */
let open: AbortController | undefined
process.on('SIGUSR2', () => {
  open?.abort()
  open = open ? undefined : new AbortController()
  if (!open) return
  const { signal } = open
  follow('/api/v1/events', signal, (pieces) => (seen.events += pieces))
  if (tail === 'tail') follow('/api/v1/requests', signal, (pieces) => (seen.requests += pieces))
  void look(signal)
  void order(signal)
})
process.on('SIGTERM', () => {
  console.log(JSON.stringify(seen))
  process.exit(0)
})
setInterval(() => undefined, LOOK_MS)
console.log('ready')

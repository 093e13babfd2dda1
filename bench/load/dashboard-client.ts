/**
 * A dashboard as the gateway sees it: the stream of events, the overview each second and after events, with a third
 * argument the tail of requests too. Open or not it has a function paused and woken all the time, so that there are events and what they cost
 * by themselves is no difference between the two. Prints `ready`,
 * opens and closes with each SIGUSR2 and prints `open` or `closed` when it has, and prints one JSON line of what it saw when it is ended.
 *
 * Arguments: the admin socket, the function, `tail` or nothing.
 */

import { Agent, request } from 'node:http'

/** As often as the dashboard asks when nothing happens. */
const LOOK_MS = 1_000
/** After an event. */
const SOON_MS = 40
/** Each order is some five events. */
const ORDER_MS = 500

const [, , socketPath = '', name = '', tail] = process.argv
const agent = new Agent({ keepAlive: true })
const seen = { events: 0, overviews: 0, requests: 0, errors: 0 }

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

interface Reader {
  /** Something was told. */
  readonly heard: (pieces: number) => void
  /** It has begun. */
  readonly opened?: () => void
}

/** Reads until it is closed. */
function follow(path: string, signal: AbortSignal, { heard, opened }: Reader): void {
  const req = request({ socketPath, path, signal }, (res) => {
    if (res.statusCode !== 200) throw new Error(`${path}: ${res.statusCode}`)
    opened?.()
    res.setEncoding('utf8')
    res.on('data', (part: string) => heard(part.split('\n\n').length - 1))
    res.on('error', () => undefined)
  })
  // Closing it is one.
  req.on('error', () => undefined)
  req.end()
}

let revision = ''

async function look(): Promise<void> {
  const answer = JSON.parse(await ask('GET', `/api/v1/overview?since=${revision}`)) as {
    revision: string
  }
  revision = answer.revision
  seen.overviews += 1
}

let verb = 'pause'

async function order(): Promise<void> {
  verb = verb === 'wake' ? 'pause' : 'wake'
  await ask('POST', `/api/v1/functions/${name}/${verb}`)
}

const failed = (): void => void (seen.errors += 1)

let soon: NodeJS.Timeout | undefined

/** A burst of events is one look. */
function heard(pieces: number): void {
  seen.events += pieces
  clearTimeout(soon)
  soon = setTimeout(lookSoon, SOON_MS)
}

/** A look that falls due while it is closed is made up for, or short turns would be cheaper than they are. */
let isDue = false

function lookSoon(): void {
  isDue = open === undefined
  whileOpen(look)
}

/** One that fails is tried at the next beat: a kept connection may have been closed meanwhile. */
function whileOpen(act: () => Promise<void>): void {
  if (open) act().catch(failed)
}

/** Open it, or close it. The beat goes on, so that what it costs does not hang on when it is opened. */
let open: AbortController | undefined
setInterval(() => whileOpen(look), LOOK_MS)
setInterval(() => void order().catch(failed), ORDER_MS)
process.on('SIGUSR2', () => {
  open?.abort()
  open = open ? undefined : new AbortController()
  if (!open) return console.log('closed')
  const { signal } = open
  follow('/api/v1/events', signal, { heard, opened: () => console.log('open') })
  if (isDue) soon = setTimeout(lookSoon, SOON_MS)
  if (tail === 'tail')
    follow('/api/v1/requests', signal, { heard: (pieces) => (seen.requests += pieces) })
})
process.on('SIGTERM', () => {
  console.log(JSON.stringify(seen))
  process.exit(0)
})
console.log('ready')

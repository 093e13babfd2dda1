/**
 * A dashboard as the gateway sees it: the stream of events, the overview each second and after events, with a third
 * argument the tail of requests too. Open or not it has a function paused and woken all the time, so that there are events,
 * and what these cost by themselves is no difference between the two. Prints `ready`, opens and closes with each SIGUSR2 and
 * prints `open` or `closed` when it has, and prints one JSON line of what it saw when it is ended.
 *
 * Arguments: the admin socket, the function, `tail` or nothing.
 */

import { Agent, request } from 'node:http'

/** As often as the dashboard asks when nothing happens. */
const LOOK_MS = 1_000
/** After an event, and from one look to the next. */
const SOON_MS = 40
const APART_MS = 260
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

let next: NodeJS.Timeout | undefined
let lookedAt = -Infinity

function again(ms: number): void {
  clearTimeout(next)
  next = setTimeout(beat, ms)
}

const soon = (): void => again(Math.max(SOON_MS, lookedAt + APART_MS - performance.now()))

/** A burst of events is one look. */
function heard(pieces: number): void {
  seen.events += pieces
  soon()
}

/** A look that falls due while it is closed is made up for, or short turns would be cheaper than they are. */
let isDue = false

/** Goes on while it is closed, so that what it costs does not hang on when it is opened. */
function beat(): void {
  again(LOOK_MS)
  isDue = open === undefined
  if (isDue) return
  lookedAt = performance.now()
  // One that fails is tried at the next beat: a kept connection may have been closed meanwhile.
  look().catch(failed)
}

/** Open it, or close it. */
let open: AbortController | undefined
again(LOOK_MS)
setInterval(() => void order().catch(failed), ORDER_MS)
process.on('SIGUSR2', () => {
  open?.abort()
  open = open ? undefined : new AbortController()
  if (!open) return console.log('closed')
  const { signal } = open
  follow('/api/v1/events', signal, { heard, opened: () => console.log('open') })
  if (isDue) soon()
  if (tail === 'tail')
    follow('/api/v1/requests', signal, { heard: (pieces) => (seen.requests += pieces) })
})
process.on('SIGTERM', () => {
  console.log(JSON.stringify(seen))
  process.exit(0)
})
console.log('ready')

/**
 * The client of a storm, a process of its own: opens a raw socket per request, sends on each as soon as it stands, and
 * reads every answer to its end. Prints one JSON line when all is sent and one when all is over.
 *
 * Arguments: port, host, number of requests, length of a POST's body, limit in ms.
 */

import { connect } from 'node:net'
import { rounded } from '../../harness/statistics.ts'
import { now } from '../../harness/time.ts'

/** What the second line says. */
export interface StormReport {
  readonly answered: number
  /** What came instead of the one right answer, and how often. */
  readonly wrong: Readonly<Record<string, number>>
  /** Request written → whole answer, in ms, by number of the request. */
  readonly latencies: readonly number[]
}

/** Handshakes under way at once: below the backlog of a listener (511 in Node), whose overflow costs a second. */
const HANDSHAKES_MAX = 256
/** Every tenth request is a POST. */
const POST_EVERY = 10

const [, , first, host, ...rest] = process.argv
const port = Number(first)
const [count = 0, length = 0, limitMs = 0] = rest.map(Number)

const latencies = Array.from({ length: count }, () => -1)
const wrong: Record<string, number> = {}
let opened = 0
let shaking = 0
let sentCount = 0
let over = 0
let answered = 0

const tell = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function requestOf(number: number): string {
  const isPost = number % POST_EVERY === 0
  const head = `${isPost ? 'POST' : 'GET'} /n/${number} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`
  if (!isPost) return `${head}\r\n`
  return `${head}Content-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${String(number).padEnd(length, 'x')}`
}

/** One request, one answer, until the gateway closes the connection. */
function send(number: number): void {
  let text = ''
  let sent = 0
  let isSent = false
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  shaking += 1
  socket.setEncoding('latin1')
  socket.on('connect', () => {
    shaking -= 1
    isSent = true
    sent = now()
    socket.write(requestOf(number), 'latin1', () => {
      sentCount += 1
      if (sentCount === count) tell({ k: 'sent' })
    })
    openMore()
  })
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    text ||= error.code ?? 'error'
  })
  socket.on('close', () => {
    if (!isSent) shaking -= 1
    end(number, text, now() - sent)
  })
}

/** What is right: 200, and the number as the whole body. A second answer on the connection would be in the text. */
function end(number: number, text: string, ms: number): void {
  const [head = '', ...bodies] = text.split('\r\n\r\n')
  const status = head.split('\r\n')[0] ?? ''
  latencies[number] = rounded(ms)
  if (status.startsWith('HTTP/1.1 200') && bodies.join('\r\n\r\n') === String(number)) answered += 1
  else {
    const what =
      status === '' ? 'closed without an answer' : `${status} ${bodies[0] ?? ''}`.slice(0, 200)
    wrong[what] = (wrong[what] ?? 0) + 1
  }
  over += 1
  if (over === count) finish()
  else openMore()
}

function openMore(): void {
  while (opened < count && shaking < HANDSHAKES_MAX) {
    send(opened)
    opened += 1
  }
}

function finish(): void {
  const report: StormReport = { answered, wrong, latencies }
  process.stdout.write(`${JSON.stringify({ k: 'over', report })}\n`, () => process.exit(0))
}

setTimeout(() => {
  wrong['not answered in time'] = count - over
  finish()
}, limitMs)
openMore()

/**
 * An open loop of keep-alive GETs: requests are due at a fixed rate whether or not answers come. Latency counts from when a
 * request was due, so that a stall is seen by all that it delayed. Prints `ready` when all connections
 * stand, `counting` after the warm-up, and one JSON line when it is over.
 *
 * Arguments: port, host, connections, requests per second, seconds, seconds of warm-up that are not counted.
 */

import { connect, type Socket } from 'node:net'
import { now } from '../harness/time.ts'
import { Histogram } from './histogram.ts'

export interface OpenLoopReport {
  /** Due while it was counted, and answered by the end. */
  readonly due: number
  readonly answered: number
  readonly errors: number
  /** While it was counted: from the end of the warm-up to the last answer, and the answers in it, whenever they were due. */
  readonly elapsed: number
  readonly answers: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** Upper end in µs, and how many. */
  readonly buckets: readonly (readonly [number, number])[]
}

/** How long it sleeps when nothing is due: shorter leaves less of the processor to the upstream. */
const STEP_MS = 0.1
/** Handshakes under way at once: below the backlog of a listener (511 in Node), whose overflow costs a second. */
const HANDSHAKES_MAX = 256
/** For the last answers. */
const GRACE_MS = 2_000
const BUFFER_BYTES = 16_384

const [, , port = '', host = '', ...rest] = process.argv
const [connections = 1, rate = 1, seconds = 1, warmUp = 0] = rest.map(Number)

const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
const histogram = new Histogram()
const all: Connection[] = []
/** Free connections, the one that was free longest first. */
let free: Connection[] = []
let freeFrom = 0
/** Nobody else is to be woken: this only waits. */
const bed = new Int32Array(new SharedArrayBuffer(4))
let sent = 0
let answered = 0
let errors = 0
let answers = 0
let began = 0
/** When counting began; 0 before. */
let countedFrom = 0

interface Connection {
  readonly socket: Socket
  dueAt: number
  /** Of the answer under way; -1 before its head is complete. */
  left: number
  head: string
}

const dueAt = (number: number): number => began + (number * 1000) / rate
const countsFrom = Math.round(rate * warmUp)
const total = countsFrom + Math.round(rate * seconds)

function open(): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const onread = {
      buffer: Buffer.allocUnsafe(connections > 1_000 ? 1_024 : BUFFER_BYTES),
      callback: (length: number, buffer: Uint8Array) => {
        heard(connection, buffer as Buffer, length)
        return true
      },
    }
    const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true, onread })
    const connection: Connection = { socket, dueAt: NaN, left: -1, head: '' }
    socket.once('connect', () => resolve(connection))
    socket.on('error', reject)
    socket.on('close', () => {
      errors += 1
    })
  })
}

/** Answers come one at a time: nothing is pipelined. */
function heard(connection: Connection, buffer: Buffer, length: number): void {
  if (connection.left < 0) {
    connection.head += buffer.toString('latin1', 0, length)
    const end = connection.head.indexOf('\r\n\r\n')
    if (end < 0) return
    const { head } = connection
    if (!head.startsWith('HTTP/1.1 200')) errors += 1
    const bytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1])
    if (Number.isNaN(bytes)) throw new Error(`an answer without a length: ${head.slice(0, end)}`)
    connection.left = bytes - (head.length - end - 4)
    connection.head = ''
  } else connection.left -= length
  if (connection.left > 0) return
  connection.left = -1
  if (countedFrom > 0) answers += 1
  if (connection.dueAt >= dueAt(countsFrom)) {
    const at = now()
    histogram.record((at - connection.dueAt) * 1000)
    answered += 1
  }
  connection.dueAt = NaN
  free.push(connection)
}

/** Sends what is due, as far as there are connections; then sleeps a little and looks at the sockets again. */
function turn(): void {
  const at = now()
  if (countedFrom === 0 && at >= dueAt(countsFrom)) {
    countedFrom = at
    process.stdout.write('counting\n')
  }
  while (sent < total && freeFrom < free.length && dueAt(sent) <= at) {
    const connection = free[freeFrom] as Connection
    freeFrom += 1
    connection.dueAt = dueAt(sent)
    connection.socket.write(request)
    sent += 1
  }
  if (freeFrom > 1_024) {
    free = free.slice(freeFrom)
    freeFrom = 0
  }
  const isOver = at >= dueAt(total) && (free.length - freeFrom === connections || isLate(at))
  if (isOver) return finish()
  Atomics.wait(bed, 0, 0, STEP_MS)
  setImmediate(turn)
}

const isLate = (at: number): boolean => at > dueAt(total) + GRACE_MS

/** Those that were not answered are in the latencies too, with what they have waited so far. */
function recordUnanswered(): void {
  const at = now()
  for (const { dueAt: due } of all)
    if (due >= dueAt(countsFrom)) histogram.record((at - due) * 1000)
  for (let number = Math.max(sent, countsFrom); number < total; number += 1)
    histogram.record((at - dueAt(number)) * 1000)
}

function finish(): void {
  recordUnanswered()
  const report: OpenLoopReport = {
    due: total - countsFrom,
    answered,
    errors,
    elapsed: (now() - countedFrom) / 1000,
    answers,
    p50: histogram.percentileMs(0.5),
    p99: histogram.percentileMs(0.99),
    p999: histogram.percentileMs(0.999),
    max: histogram.max / 1000,
    buckets: histogram.buckets(),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0))
}

while (free.length < connections) {
  const many = Math.min(HANDSHAKES_MAX, connections - free.length)
  free.push(...(await Promise.all(Array.from({ length: many }, open))))
}
process.stdout.write('ready\n')
all.push(...free)
began = now()
turn()

/** Requests on sockets of their own, stamped on the machine's monotonic clock; and the connect loop of the floor. */

import { type NetConnectOpts, type Socket, connect } from 'node:net'
import { type Clock, sleep } from '../lib/clock.ts'
import { machineNow } from './machine-time.ts'

export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export interface Asked {
  readonly clock: Clock
  readonly place: Place
  /** The Host field. */
  readonly host: string
  readonly path: string
  readonly limitMs: number
}

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
  /** The request was written then. */
  readonly sent: number
  /** The first byte of the answer came then. */
  readonly firstByte: number
}

/** Of an answer that is kept, in characters. A longer one is read and thrown away. */
const ANSWER_CHARS_MAX = 65_536
/** Between attempts of the floor's loop. */
const STEP_MS = 1

/** So many at once: all connections stand before the first request is written, so that the time to connect is not in it. */
export async function ask(asked: Asked, count = 1): Promise<readonly Answer[]> {
  const opening = Array.from({ length: count }, () => connected(asked))
  const sockets: Socket[] = []
  try {
    for (const opened of await Promise.allSettled(opening)) {
      if (opened.status === 'rejected') throw opened.reason
      sockets.push(opened.value)
    }
    return await Promise.all(sockets.map((socket) => exchange(socket, asked)))
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** One request, tried with a new socket every ms until it is answered. Rejects with the last failure. */
export async function askUntilAnswered(asked: Asked): Promise<Answer> {
  const giveUp = machineNow() + asked.limitMs
  for (;;) {
    try {
      const [answer] = await ask(asked)
      if (answer) return answer
    } catch (error) {
      if (machineNow() > giveUp) throw error
    }
    await sleep(asked.clock, STEP_MS)
  }
}

function connected({ place, clock, limitMs, host }: Asked): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options: NetConnectOpts = 'path' in place ? place : { ...place, noDelay: true }
    const socket = connect(options)
    const timer = clock.timer(limitMs, () =>
      socket.destroy(new Error(`${host}: no connection within ${limitMs} ms`)),
    )
    socket.once('error', (error) => {
      timer.cancel()
      reject(error)
    })
    socket.once('connect', () => {
      timer.cancel()
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

function exchange(socket: Socket, { clock, host, path, limitMs }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = ''
    let firstByte: number | undefined
    const settle = (act: () => void): void => {
      timer.cancel()
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      act()
    }
    const fail = (message: string): void => settle(() => reject(new Error(`${host}: ${message}`)))
    const look = (isAll: boolean): void => {
      const answer = parsed(text, isAll)
      if (answer && firstByte !== undefined) {
        const stamps = { sent, firstByte }
        settle(() => resolve({ ...answer, ...stamps }))
      } else if (isAll) fail('the connection was closed without a whole answer')
    }
    const timer = clock.timer(limitMs, () => fail(`no answer within ${limitMs} ms`))
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => look(true))
    socket.on('data', (chunk: Buffer) => {
      firstByte ??= machineNow()
      if (text.length < ANSWER_CHARS_MAX) text += chunk.toString('latin1')
      look(false)
    })
    const sent = machineNow()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  })
}

/** An answer, once its length says that all of it is there; without a length, once the connection has ended. */
function parsed(
  text: string,
  isAll: boolean,
): Pick<Answer, 'status' | 'fields' | 'body'> | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = new Map(
    lines.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const
    }),
  )
  const body = text.slice(end + 4)
  const length = Number(fields.get('content-length') ?? NaN)
  if (!isAll && !(body.length >= Math.min(length, ANSWER_CHARS_MAX))) return undefined
  return { status: Number(line.split(' ')[1]), fields, body }
}

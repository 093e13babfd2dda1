/** One GET on a socket of its own, stamped on the machine's monotonic clock, and the connect loop of the floor. */

import { type NetConnectOpts, type Socket, connect } from 'node:net'
import { now, sleep } from './time.ts'

/** What `apps/stamp.mjs` answers. */
export interface AppStamps {
  readonly service: string | undefined
  readonly listening: number
  readonly firstByte: number
  readonly pid: number
}

export interface StampedAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
  /** The request was written then. */
  readonly sent: number
  /** The first byte of the answer arrived then. */
  readonly firstByte: number
}

export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export interface Asked {
  readonly place: Place
  readonly host: string
  /** `/stamp` when left out. */
  readonly path?: string
  readonly limitMs: number
}

/** Connects, waits until the connection stands, then sends: the time to connect is not in it. */
export async function ask(asked: Asked): Promise<StampedAnswer> {
  const socket = await connected(asked.place)
  try {
    return await exchange(socket, asked)
  } finally {
    socket.destroy()
  }
}

/** Tries with a new socket every ms until one attempt was answered. */
export async function askUntilAnswered(asked: Asked): Promise<StampedAnswer> {
  const giveUp = now() + asked.limitMs
  for (;;) {
    try {
      return await ask(asked)
    } catch (error) {
      if (now() > giveUp) throw error
    }
    await sleep(1)
  }
}

function connected(place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options: NetConnectOpts = 'path' in place ? place : { ...place, noDelay: true }
    const socket = connect(options)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function exchange(
  socket: Socket,
  { host, path = '/stamp', limitMs }: Asked,
): Promise<StampedAnswer> {
  return new Promise((resolve, reject) => {
    let text = ''
    let firstByte: number | undefined
    const timer = setTimeout(
      () => reject(new Error(`${host}: no answer within ${limitMs} ms`)),
      limitMs,
    )
    const fail = (error: Error): void => {
      clearTimeout(timer)
      reject(error)
    }
    socket.on('error', fail)
    socket.on('close', () =>
      fail(new Error(`${host}: the connection was closed without an answer`)),
    )
    socket.on('data', (chunk: Buffer) => {
      firstByte ??= now()
      text += chunk.toString('latin1')
      const answer = parsed(text)
      if (!answer) return
      clearTimeout(timer)
      resolve({ ...answer, sent, firstByte })
    })
    const sent = now()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  })
}

/** An answer with a length, once all of it is there. */
function parsed(text: string): Pick<StampedAnswer, 'status' | 'fields' | 'body'> | undefined {
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
  if (body.length < Number(fields.get('content-length') ?? 0)) return undefined
  return { status: Number(line.split(' ')[1]), fields, body }
}

/** The function's own stamps. Throws when somebody else answered. */
export function stampsOf({ status, body }: StampedAnswer): AppStamps {
  if (status !== 200) throw new Error(`expected 200 of the function, got ${status}: ${body}`)
  return JSON.parse(body) as AppStamps
}

/**
 * Hostile clients and hostile upstreams against the whole data path, seeded. After every message a canary on
 * the same connection, if it is open, and one on another must get their own answers; a strict server of
 * Node's behind the gateway must never see a malformed byte; nothing may hang.
 */

import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

import { chance, mutate, SEEDS } from '../support/mutation.ts'
import { type MiniGateway, miniGateway } from '../support/mini-gateway.ts'

/** A message and its canaries take no longer than this, or something hangs. */
const PATIENCE_MS = 4_000
/** Bytes of one answer that are kept. */
const ANSWER_MAX = 65_536

type Teardown = { teardown(end: () => unknown): void }

export interface FuzzReport {
  readonly messages: number
  readonly forwarded: number
  /** What went wrong, with the bytes that did it. */
  readonly faults: readonly string[]
}

const RESPONSES: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: x-a\r\nX-A: 1\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.0 200 OK\r\nX-B: 2\r\n\r\nuntil close',
]

/** A connection that says what it got and when it ended. */
class Line {
  readonly socket: Socket
  text = ''
  isEnded = false
  #changed: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.socket.on('data', (bytes: Buffer) => {
      if (this.text.length < ANSWER_MAX) this.text += bytes.toString('latin1')
      this.#change()
    })
    for (const event of ['end', 'close', 'error']) {
      this.socket.on(event, () => {
        this.isEnded = true
        this.#change()
      })
    }
  }

  send(text: string): void {
    if (!this.isEnded) this.socket.write(text, 'latin1')
  }

  /** False when it was not so in time. */
  until(isTrue: () => boolean, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(isTrue()), ms)
      const look = (): void => {
        if (!isTrue()) return void this.#changed.push(look)
        clearTimeout(timer)
        resolve(true)
      }
      look()
    })
  }

  #change(): void {
    for (const look of this.#changed.splice(0)) look()
  }
}

const canary = (mark: string): string =>
  `GET /canary/${mark} HTTP/1.1\r\nHost: hello.test\r\nX-Canary: ${mark}\r\n\r\n`

export class Http1Fuzz {
  readonly #random: () => number
  readonly #faults: string[] = []
  #forwarded = 0
  #marks = 0
  #upstream!: HttpServer
  #evil!: Server
  #front!: MiniGateway
  #back!: MiniGateway
  #answer = ''

  constructor(seed: number) {
    this.#random = chance(seed)
  }

  /** Sends `messages` damaged requests, and has as many damaged responses answered. */
  async run(t: Teardown, messages: number): Promise<FuzzReport> {
    await this.#open(t)
    for (let i = 0; i < messages && this.#faults.length === 0; i += 1) {
      await this.#request(mutate(named(SEEDS[i % SEEDS.length]!), this.#random))
      await this.#response(mutate(RESPONSES[i % RESPONSES.length]!, this.#random))
    }
    return { messages: 2 * messages, forwarded: this.#forwarded, faults: this.#faults }
  }

  async #open(t: Teardown): Promise<void> {
    this.#upstream = createHttpServer({ insecureHTTPParser: false }, (req, res) => {
      this.#forwarded += 1
      req.on('error', () => {})
      req
        .resume()
        .on('end', () => res.end(`echo ${req.url} ${String(req.headers['x-canary'] ?? '')}`))
    })
    this.#upstream.on('upgrade', (_req, socket) => socket.destroy())
    this.#upstream.on(
      'clientError',
      (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
        socket.destroy()
        const packet = error.rawPacket?.toString('latin1') ?? ''
        if (!isHarmless(error.code ?? '', packet)) {
          this.#faults.push(`the upstream saw ${error.code}: ${packet}`)
        }
      },
    )
    this.#evil = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(this.#answer, 'latin1'))
    })
    const options = { fn: { timeouts: { responseMs: 500, idleMs: 500, connectMs: 500 } } }
    const test = t as Parameters<typeof miniGateway>[0]
    this.#front = await miniGateway(test, { ...options, endpoint: await listen(this.#upstream, t) })
    this.#back = await miniGateway(test, { ...options, endpoint: await listen(this.#evil, t) })
  }

  async #request(text: string): Promise<void> {
    const line = new Line(this.#front.port)
    for (const piece of this.#pieces(text)) {
      line.send(piece)
      await new Promise((resolve) => void setImmediate(resolve))
    }
    const mark = `m${(this.#marks += 1)}`
    line.send(canary(mark))
    // Either the canary is answered, or it was swallowed as the body of what went before, or the connection ends.
    const isDone = () => line.isEnded || line.text.includes(`echo /canary/${mark} ${mark}`)
    if (!(await line.until(isDone, 50))) line.socket.end()
    if (!(await line.until(() => isDone(), PATIENCE_MS))) this.#fault('it hangs', text)
    if (!isPlausible(line.text)) this.#fault(`odd answers ${JSON.stringify(line.text)}`, text)
    line.socket.destroy()
    await this.#other(text)
  }

  /** A canary on a connection of its own gets its own answer. */
  async #other(text: string): Promise<void> {
    const mark = `o${(this.#marks += 1)}`
    const line = new Line(this.#front.port)
    line.send(canary(mark))
    const expected = `echo /canary/${mark} ${mark}`
    if (!(await line.until(() => line.text.includes(expected), PATIENCE_MS))) {
      this.#fault(`another connection got ${JSON.stringify(line.text)}`, text)
    }
    line.socket.destroy()
  }

  async #response(text: string): Promise<void> {
    this.#answer = text
    const line = new Line(this.#back.port)
    line.send(canary('r').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    if (!(await line.until(() => line.isEnded, PATIENCE_MS))) this.#fault('a response hangs', text)
    if (!isPlausible(line.text)) this.#fault(`odd response ${JSON.stringify(line.text)}`, text)
    line.socket.destroy()
  }

  #pieces(text: string): string[] {
    const at = Math.floor(this.#random() * text.length)
    return this.#random() < 0.5 ? [text] : [text.slice(0, at), text.slice(at)]
  }

  #fault(what: string, text: string): void {
    this.#faults.push(`${what}; sent ${JSON.stringify(text)}`)
  }
}

const named = (text: string): string => text.replaceAll('Host: a\r\n', 'Host: hello.test\r\n')

/**
 * A connection that is broken off in the middle of a body is how a broken body is passed on; llhttp knows a
 * fixed list of methods, and no bytes above 0x7f in a target.
 */
const isHarmless = (code: string, packet: string): boolean =>
  /^(?:ECONNRESET|EPIPE|HPE_INVALID_EOF_STATE)$/.test(code) ||
  (/^HPE_INVALID_(?:METHOD|URL)$/.test(code) && REQUEST_LINE.test(packet))

const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~\w]+ [^\s\0]+ HTTP\/1\.1\r\n/

/** Nothing, or heads of HTTP/1.1 without a control byte in them. */
function isPlausible(text: string): boolean {
  if (text === '') return true
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 2)
  // oxlint-disable-next-line no-control-regex
  return /^HTTP\/1\.1 \d{3} [^\r\n\0]*\r\n(?:[!#-'*+.^_`|~\w-]+:[^\r\n\0]*\r\n)*$/.test(head)
}

async function listen(
  server: Server,
  t: Teardown,
): Promise<{ k: 'tcp'; host: string; port: number; proto: 'h1' }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { k: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port, proto: 'h1' }
}

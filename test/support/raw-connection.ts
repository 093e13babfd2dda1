/**
 * One end of a TCP connection under a test's control: sends bytes as they are written down, reads by marker or
 * by HTTP message, and knows how the other side ended. Every wait is bounded and says what it waited for.
 */

import type { Socket } from 'node:net'

export interface RawMessage {
  /** The request line or status line. */
  readonly start: string
  /** 0 for a request. */
  readonly status: number
  /** Field lines as they came. */
  readonly lines: readonly string[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  /** latin1. */
  readonly body: string
  /** Sizes of the chunks, of a chunked body. */
  readonly chunks: readonly number[]
  readonly trailers: readonly string[]
}

export type Ending = 'fin' | 'reset'

const TO_BE_CLOSED = 'the connection to be closed'

export class RawConnection {
  readonly #socket: Socket
  readonly #patienceMs: number
  #unread = ''
  #ending: Ending | undefined
  #isClosed = false
  #changed: (() => void)[] = []
  /** Bytes that came in, read or not. */
  received = 0
  /** Heard after bytes came in, for large amounts: see `discard`. */
  onData: (() => void) | undefined

  constructor(socket: Socket, patienceMs = 5_000) {
    this.#socket = socket
    this.#patienceMs = patienceMs
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.length
      this.#unread += bytes.toString('latin1')
      this.onData?.()
      this.#change()
    })
    socket.on('end', () => this.#end('fin'))
    socket.on('error', () => this.#end('reset'))
    socket.on('close', () => {
      this.#isClosed = true
      this.#end('reset')
    })
  }

  /** What came in and was not read yet. */
  get unread(): string {
    return this.#unread
  }

  /** How the other side ended, if it did. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Bytes handed to the system and not yet taken by it. */
  get unsent(): number {
    return this.#socket.writableLength
  }

  /** Sends latin1 text, or bytes, as they are. */
  send(data: string | Uint8Array): this {
    if (typeof data === 'string') this.#socket.write(data, 'latin1')
    else this.#socket.write(data)
    return this
  }

  /** Resolves when the system has taken everything sent so far. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.writableLength === 0) resolve()
      else this.#socket.once('drain', resolve)
    })
  }

  /** FIN; the other direction stays open. */
  end(): this {
    this.#socket.end()
    return this
  }

  /** RST. */
  reset(): this {
    this.#socket.resetAndDestroy()
    return this
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Stops reading: the system's buffers fill up. */
  pause(): this {
    this.#socket.pause()
    return this
  }

  resume(): this {
    this.#socket.resume()
    return this
  }

  /** Reads up to and including `marker`. */
  async through(marker: string): Promise<string> {
    await this.#until(`"${marker}"`, () => this.#unread.includes(marker))
    return this.#take(this.#unread.indexOf(marker) + marker.length)
  }

  /** Reads `count` bytes. */
  async bytes(count: number): Promise<string> {
    await this.#until(`${count} bytes`, () => this.#unread.length >= count)
    return this.#take(count)
  }

  /** Reads a message's head. */
  async head(): Promise<Omit<RawMessage, 'body' | 'chunks' | 'trailers'>> {
    const text = await this.through('\r\n\r\n')
    const [start = '', ...lines] = text.slice(0, -4).split('\r\n')
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(start)?.[1] ?? 0)
    const value = (name: string): string | undefined =>
      lines.find((l) => l.toLowerCase().startsWith(`${name}:`))
    const framing = value('transfer-encoding')
      ? 'chunked'
      : value('content-length')
        ? 'length'
        : status >= 200 && status !== 204 && status !== 304
          ? 'close'
          : 'none'
    return { start, status, lines, framing }
  }

  /** Reads a whole message. `bodyless`: the answer to HEAD. */
  async message(kind: 'normal' | 'bodyless' = 'normal'): Promise<RawMessage> {
    const head = await this.head()
    const none = { ...head, body: '', chunks: [], trailers: [] }
    if (kind === 'bodyless' || head.status === 204 || head.status === 304) return none
    if (head.framing === 'none' || (head.status > 0 && head.status < 200)) return none
    if (head.framing === 'chunked') return { ...head, ...(await this.#chunked()) }
    if (head.framing === 'close') {
      await this.ended()
      return { ...none, body: this.#take(this.#unread.length) }
    }
    const length = head.lines.find((l) => /^content-length:/i.test(l))?.split(':')[1]
    return { ...none, body: await this.bytes(Number(length)) }
  }

  /** Waits for the other side's end. Reset wins when both are seen. */
  async ended(): Promise<Ending> {
    await this.#until('the end of the connection', () => this.#ending !== undefined)
    return this.#ending as Ending
  }

  /** Waits until both directions are closed. */
  async closed(): Promise<Ending> {
    await this.#until(TO_BE_CLOSED, () => this.#isClosed)
    return this.#ending as Ending
  }

  /** Waits until `count` bytes have come in, over all. */
  async receivedAtLeast(count: number): Promise<void> {
    await this.#until(`${count} bytes in all`, () => this.received >= count)
  }

  /** Forgets what is unread. */
  discard(): void {
    this.#unread = ''
  }

  async #chunked(): Promise<Pick<RawMessage, 'body' | 'chunks' | 'trailers'>> {
    let body = ''
    const chunks: number[] = []
    for (;;) {
      const size = Number.parseInt(await this.through('\r\n'), 16)
      if (size === 0) break
      if (Number.isNaN(size)) throw new Error('not a chunk size')
      chunks.push(size)
      body += await this.bytes(size)
      const crlf = await this.bytes(2)
      if (crlf !== '\r\n') throw new Error('a chunk does not end where it should')
    }
    const trailers: string[] = []
    for (
      let line = await this.through('\r\n');
      line !== '\r\n';
      line = await this.through('\r\n')
    ) {
      trailers.push(line.slice(0, -2))
    }
    return { body, chunks, trailers }
  }

  #take(count: number): string {
    const text = this.#unread.slice(0, count)
    this.#unread = this.#unread.slice(count)
    return text
  }

  #end(how: Ending): void {
    if (this.#ending === undefined || (how === 'reset' && !this.#isClosed)) this.#ending = how
    this.#change()
  }

  #change(): void {
    for (const f of this.#changed.splice(0)) f()
  }

  async #until(what: string, isTrue: () => boolean): Promise<void> {
    const late = Date.now() + this.#patienceMs
    while (!isTrue()) {
      // After the other side's end no byte comes; only our own close may still be waited for.
      const isDead = this.#isClosed || (this.#ending !== undefined && what !== TO_BE_CLOSED)
      const leftMs = late - Date.now()
      if (leftMs <= 0 || isDead) {
        const why = isDead
          ? `the other side ended (${this.#ending})`
          : `it did not come in ${this.#patienceMs} ms`
        throw new Error(
          `waited for ${what}, but ${why}; unread: ${JSON.stringify(this.#unread.slice(0, 400))}`,
        )
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.#changed.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }
}

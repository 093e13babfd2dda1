/**
 * One connection to the engine's socket: a request at a time, its answer read whole. It is used again after an answer
 * that ended where its framing says.
 */

import { type Socket, connect } from 'node:net'
import { LIMITS } from '../../domain/limits.ts'
import { BodyReader, responseFraming } from '../../http1/body.ts'
import { INCOMPLETE, REFUSED, parseResponse } from '../../http1/head.ts'
import { Intake } from '../../http1/intake.ts'
import { Head } from '../../http1/record.ts'
import { DOCKER_LIMITS } from './limits.ts'

export interface EngineAnswer {
  readonly status: number
  readonly body: string
}

/** Told once: the answer, or why there is none. */
type Told = (answer: EngineAnswer | Error) => void

export interface LineHome {
  /** It carries nothing and may be used again. */
  free(line: EngineLine): void
  gone(line: EngineLine): void
}

const READ_BYTES = 65_536

/** Filled anew by each answer, and taken at once. */
const head = new Head({
  headMax: LIMITS.upstreamHeadBytes,
  fieldsMax: LIMITS.upstreamFieldsMax,
  targetMax: 0,
})
/** Read into by all lines, emptied within the turn. */
const common = Buffer.allocUnsafeSlow(READ_BYTES)

export class EngineLine {
  readonly #socket: Socket
  readonly #home: LineHome
  readonly #intake = new Intake()
  readonly #body = new BodyReader()
  #told: Told | undefined
  #method = ''
  #status = 0
  #isHeadRead = false
  #isReusable = false
  #parts: Buffer[] = []
  #bytes = 0

  constructor(path: string, home: LineHome) {
    this.#home = home
    const callback = (count: number): boolean => {
      this.#read(common, count)
      return true
    }
    this.#socket = connect({ path, onread: { buffer: common, callback } })
    this.#socket.on('error', (error) => this.#lost(error))
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('close', () => this.#lost(hangUp()))
  }

  /** Writes a whole request, in this turn. */
  send(method: string, text: string, told: Told): void {
    this.#told = told
    this.#method = method
    this.#isHeadRead = false
    this.#parts = []
    this.#bytes = 0
    this.#socket.ref()
    this.#socket.write(text)
  }

  /** Ends it without a word to who waits for the answer. */
  destroy(): void {
    this.#told = undefined
    this.#lost(hangUp())
  }

  #read(bytes: Buffer, count: number): void {
    for (let at = 0; at < count;) {
      // Bytes that nobody asked for could pass for the answer to the next request.
      if (!this.#told) return this.#lost(hangUp())
      at = this.#isHeadRead ? this.#readBody(bytes, at, count) : this.#readHead(bytes, at, count)
      if (at === REFUSED) return
    }
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const p = this.#intake.parse(head.over(bytes, at, end), parseResponse)
    if (p === INCOMPLETE) return end
    if (p === REFUSED) return this.#refuse(head.reason)
    if (head.status < 200) return p
    const framing = responseFraming(head, this.#method)
    this.#isHeadRead = true
    this.#status = head.status
    this.#isReusable = head.persistent && framing !== 'close'
    this.#body.begin(framing, head.contentLength)
    if (this.#body.done) this.#complete(p < end)
    return p
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const body = this.#body
    const p = body.read(bytes, at, end)
    if (p === REFUSED) return this.#refuse(body.reason)
    this.#bytes += body.dataEnd - body.dataAt
    if (this.#bytes > DOCKER_LIMITS.answerBytes) return this.#refuse('it is too long')
    if (body.dataEnd > body.dataAt)
      this.#parts.push(Buffer.from(bytes.subarray(body.dataAt, body.dataEnd)))
    if (body.done) this.#complete(p < end)
    return p
  }

  #complete(hasSurplus: boolean): void {
    const told = this.#told
    const [first] = this.#parts
    const bytes = this.#parts.length > 1 ? Buffer.concat(this.#parts) : first
    this.#told = undefined
    this.#parts = []
    // What it waits for does not keep the process running; who waits for an answer does.
    this.#socket.unref()
    if (this.#isReusable && !hasSurplus) this.#home.free(this)
    else this.#lost(hangUp())
    told?.({ status: this.#status, body: bytes?.toString('utf8') ?? '' })
  }

  #ended(): void {
    if (this.#told && this.#isHeadRead && this.#body.ended()) this.#complete(false)
    else this.#lost(hangUp())
  }

  #refuse(reason: string): -1 {
    this.#lost(new Error(`its answer cannot be read: ${reason}`))
    return REFUSED
  }

  #lost(error: Error): void {
    const told = this.#told
    this.#told = undefined
    this.#home.gone(this)
    this.#socket.destroy()
    told?.(error)
  }
}

/** In the words of Node's own client. */
const hangUp = (): Error => new Error('socket hang up')

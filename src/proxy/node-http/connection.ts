/**
 * One client connection: which requests are on it, and how it ends. Promises that an error is answered after
 * the responses still owed, and that an answer is not lost to a reset by unread bytes.
 */

import { STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'

import type { ErrorCode } from '../../domain/errors.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Handler, Link } from '../incoming.ts'
import type { Answer } from '../respond.ts'
import { plainAddress } from '../trusted-proxies.ts'
import { codeOfRubbish } from './rubbish.ts'

/** A request on the connection, as far as its end matters to it. */
export interface OnConnection {
  readonly isRead: boolean
  /** The rest of its body cannot be read. */
  broken(): void
}

export class NodeConnection {
  readonly #socket: Socket
  readonly #handler: Handler
  readonly #clock: Clock
  readonly link: Link
  readonly #unanswered = new Set<OnConnection>()
  #latest: OnConnection | undefined
  /** Bytes came that are no request: nothing after them is one either. */
  #isBroken = false
  #owed: ErrorCode | undefined
  #isLast = false
  #isEnding = false

  constructor(socket: Socket, { handler, clock }: { handler: Handler; clock: Clock }) {
    this.#socket = socket
    this.#handler = handler
    this.#clock = clock
    this.link = {
      address: plainAddress(socket.remoteAddress ?? ''),
      port: socket.localPort ?? 0,
      proto: 'http',
    }
    // Node calls this after a response with `Connection: close`.
    socket.destroySoon = () => {
      if (this.#latest?.isRead === false || this.#isBroken) this.#linger()
      else Socket.prototype.destroySoon.call(socket)
    }
  }

  /** Our own end, for a client that sent no Host. */
  get ownAuthority(): string {
    const address = plainAddress(this.#socket.localAddress ?? 'localhost')
    return `${address.includes(':') ? `[${address}]` : address}:${this.link.port}`
  }

  /** No request waits for its response. */
  get isQuiet(): boolean {
    return this.#unanswered.size === 0
  }

  /** The request that has begun is the last one: what the parser makes of the bytes behind it does not count. */
  last(): void {
    this.#isLast = true
  }

  /** Whether a request may begin. Refusing one means that bytes are left, which must not reset the answers owed. */
  admits(): boolean {
    if (!this.#isLast && !this.#isEnding) return true
    this.#isBroken = true
    return false
  }

  began(request: OnConnection): void {
    this.#unanswered.add(request)
    this.#latest = request
  }

  answered(request: OnConnection): void {
    this.#unanswered.delete(request)
    if (this.#owed !== undefined && this.isQuiet) this.refuse(this.#owed)
  }

  /** An error of the socket or of the parser. */
  failed(error: NodeJS.ErrnoException): void {
    const code = codeOfRubbish(error)
    if (code === undefined || (this.#isEnding && error.code === 'HPE_INVALID_EOF_STATE')) {
      this.#socket.destroy()
      return
    }
    if (this.#isBroken) return
    this.#isBroken = true
    if (this.#latest && !this.#latest.isRead) this.#latest.broken()
    else if (!this.isQuiet) this.#owed = code
    else if (this.#socket.bytesRead === 0) this.#socket.destroy()
    else this.refuse(code)
  }

  /** Answers where there is no request to answer, and ends the connection. */
  refuse(code: ErrorCode): void {
    this.#owed = undefined
    if (!this.#socket.writable) return void this.#socket.destroy()
    const answer = this.#handler.rubbish(code, this.link)
    this.#socket.write(Buffer.concat([headOf(answer), answer.body]))
    this.#linger()
  }

  /** A reset, so that what was sent so far does not look complete. */
  reset(): void {
    // Only TCP knows resets.
    if (this.#socket.remoteAddress === undefined) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  /** Ends it, with what is written on its way. */
  cut(): void {
    if (this.#socket.writableLength === 0) this.#socket.destroy()
    else this.#linger()
  }

  /** RFC 9112 §9.6: ends our side and reads on for a while, so that the answer is not lost to a reset. */
  #linger(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    const socket = this.#socket
    const timer = this.#clock.timer(LIMITS.lingerMs, () => socket.destroy())
    socket.once('close', () => timer.cancel())
    socket.end()
    socket.resume()
  }
}

function headOf({ status, fields }: Answer): Buffer {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`
  return Buffer.from(`${text}Connection: close\r\n\r\n`, 'latin1')
}

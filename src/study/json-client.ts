/** A client of JSON over a unix socket: the gateway's admin socket, and the engine's. */

import type { Readable } from 'node:stream'
import { Client } from 'undici'

/** The other side said no. */
export class AnswerError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'AnswerError'
    this.status = status
  }
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** JSON, or bytes as they are. */
  readonly body?: unknown
  readonly bytes?: Readable
}

const TIMEOUT_MS = 60_000

export class JsonClient {
  readonly #client: Client

  constructor(socketPath: string) {
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS }
    this.#client = new Client('http://localhost', { socketPath, ...timeouts })
  }

  /** The answer's JSON; undefined where it has none. Rejects with `AnswerError` on a status of 400 and more. */
  async ask({ method, path, body, bytes }: JsonRequest): Promise<unknown> {
    const type = bytes ? 'application/x-tar' : 'application/json'
    const answer = await this.#client.request({
      method,
      path,
      headers: method === 'POST' ? { 'content-type': type } : {},
      ...(method === 'POST' ? { body: bytes ?? JSON.stringify(body ?? {}) } : {}),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 400)
      throw new AnswerError(
        answer.statusCode,
        `${method} ${path}: ${answer.statusCode} ${text.trim()}`,
      )
    const isJson = String(answer.headers['content-type']).includes('json')
    return isJson && text !== '' && bytes === undefined ? JSON.parse(text) : undefined
  }

  close(): Promise<void> {
    return this.#client.destroy()
  }
}

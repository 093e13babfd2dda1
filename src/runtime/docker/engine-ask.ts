/**
 * The calls that a held request waits for, and what is looked at after them. Over a socket they go out in the turn in which they
 * are made, on a connection that stands: of the client library's way each cost 1.2 ms to the first byte and 0.8 ms from the last
 * one after 30 ms of idleness, of this one 0.2 and 0.2 (2 cores, loaded; docs/decisions/docker-through-dockerode.md).
 */

import type Docker from 'dockerode'
import { type EngineAnswer, EngineLine, type LineHome } from './engine-line.ts'
import { DOCKER_LIMITS } from './limits.ts'

/** One call; `path` without the version, with its query. */
export interface EngineOrder {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
}

/** Resolves with what the answer holds. Rejects as the client library does, with `statusCode` and `json`. */
export type Ask = (order: EngineOrder, signal: AbortSignal) => Promise<unknown>

/** Over the engine's socket. */
export class SocketAsk implements LineHome {
  readonly #path: string
  readonly #version: string
  /** The last is the most recently used. */
  readonly #idle: EngineLine[] = []
  readonly #all = new Set<EngineLine>()

  constructor(path: string, version: string) {
    this.#path = path
    this.#version = version
  }

  readonly ask: Ask = async (order, signal) => {
    const answer = await this.#answer(order, signal)
    if (!isGood(answer)) throw refusal(answer)
    return parsed(answer.body)
  }

  #answer(order: EngineOrder, signal: AbortSignal): Promise<EngineAnswer> {
    return new Promise((resolve, reject) => {
      const line = this.#idle.pop() ?? this.#connect()
      const leave = (): void => {
        line.destroy()
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      line.send(order.method, this.#text(order), (answer) => {
        signal.removeEventListener('abort', leave)
        if (answer instanceof Error) reject(answer)
        else resolve(answer)
      })
    })
  }

  free(line: EngineLine): void {
    if (this.#idle.length >= DOCKER_LIMITS.linesKeptMax) return line.destroy()
    this.#idle.push(line)
  }

  gone(line: EngineLine): void {
    this.#all.delete(line)
    const at = this.#idle.lastIndexOf(line)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** Ends all connections. */
  close(): void {
    for (const line of this.#all) line.destroy()
  }

  #connect(): EngineLine {
    const line = new EngineLine(this.#path, this)
    this.#all.add(line)
    return line
  }

  #text({ method, path, body }: EngineOrder): string {
    const line = `${method} /v${this.#version}${path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n`
    if (method === 'GET') return `${line}\r\n`
    if (!body) return `${line}Content-Length: 0\r\n\r\n`
    const text = JSON.stringify(body)
    return `${line}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  }
}

/** Through the client library, which can do TLS. */
export const libraryAsk =
  (docker: Docker): Ask =>
  ({ method, path, body }, abortSignal) =>
    new Promise((resolve, reject) => {
      // A query that is there already stays as it is, if the options are not empty.
      const options = { _query: {}, _body: body ?? {} }
      const statusCodes = { 200: true, 201: true, 204: true }
      const order = { method, path, options, abortSignal, statusCodes }
      docker.modem.dial(order, (error: unknown, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      )
    })

const isGood = ({ status }: EngineAnswer): boolean => status >= 200 && status < 300

const parsed = (body: string): unknown => (body === '' ? undefined : JSON.parse(body))

function refusal({ status, body }: EngineAnswer): Error {
  let json: unknown
  try {
    json = parsed(body)
  } catch {
    // Something between us and the engine may answer in words of its own.
  }
  return Object.assign(new Error(body.trim() || `HTTP ${status}`), { statusCode: status, json })
}

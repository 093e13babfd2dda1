/** Asks a running gateway through its admin listener. */

import type { ClientRequest, IncomingMessage as Answer } from 'node:http'
import { LIMITS } from '../domain/limits.ts'
import { ServerSentEvents, type SentEvent } from './server-sent-events.ts'

/** The unix socket of a state directory, or a URL with the token that it may need. */
export type AdminAddress =
  | { readonly k: 'unix'; readonly path: string }
  | { readonly k: 'url'; readonly url: string; readonly token: string | undefined }

/** The gateway cannot be asked, or said no; the message says why and what to do. */
export class AdminClientError extends Error {
  /** It answered, so asking again changes nothing by itself. */
  readonly isAnswer: boolean

  constructor(message: string, options?: ErrorOptions & { readonly isAnswer?: boolean }) {
    super(message, options)
    this.name = 'AdminClientError'
    this.isAnswer = options?.isAnswer ?? false
  }
}

const TIMEOUT_MS = 5_000
/** A configuration of ten thousand functions is read and applied in less. */
const ORDER_TIMEOUT_MS = 60_000
/** Ten thousand functions with their last errors. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024
/** Streams are silent for so long at the most. */
const SILENCE_MS = 3 * LIMITS.streamBeatMs

// Not imported: see the rule for it in test/tidy.test.ts. undici takes 130 ms of a processor to load.
const http = process.getBuiltinModule('node:http')

interface Question {
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For the head of the answer. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export class AdminClient {
  readonly #address: AdminAddress
  readonly #open = new Set<ClientRequest>()

  constructor(address: AdminAddress) {
    this.#address = address
  }

  /** The answer's JSON. Rejects with `AdminClientError`, as all of these do. */
  get(path: string): Promise<unknown> {
    return this.#ask({ path, method: 'GET' })
  }

  post(path: string, body: unknown = {}): Promise<unknown> {
    const headers = { 'content-type': 'application/json' }
    const text = JSON.stringify(body)
    return this.#ask({ path, method: 'POST', headers, body: text, timeoutMs: ORDER_TIMEOUT_MS })
  }

  /** The events of a stream, until it ends or `signal` is aborted. `begun` is called when it is open. */
  async *stream(
    path: string,
    {
      after,
      signal,
      begun,
    }: { after?: string | undefined; signal: AbortSignal; begun: () => void },
  ): AsyncGenerator<SentEvent> {
    let answer: Answer | undefined
    try {
      const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': after }
      answer = await this.#send({ path, method: 'GET', headers, signal })
      answer.socket.setTimeout(SILENCE_MS)
      begun()
      const events = new ServerSentEvents()
      answer.setEncoding('utf8')
      for await (const text of answer) yield* events.push(String(text))
    } catch (error) {
      if (!signal.aborted) throw explained(error, this.#address)
    } finally {
      answer?.destroy()
    }
  }

  /** Ends everything that is open. */
  close(): void {
    for (const request of this.#open) request.destroy()
  }

  async #ask(question: Question): Promise<unknown> {
    try {
      const answer = await this.#send(question)
      answer.socket.setTimeout(TIMEOUT_MS)
      return JSON.parse(await textOf(answer))
    } catch (error) {
      throw explained(error, this.#address)
    }
  }

  /** Resolves with an answer of status 200. */
  async #send(question: Question): Promise<Answer> {
    const answer = await this.#answerTo(question)
    if (answer.statusCode === 200) return answer
    const detail = detailOf(await textOf(answer))
    throw new AdminClientError(
      detail ?? `${show(this.#address)} answered ${answer.statusCode}, and is no coldfront`,
      { isAnswer: true },
    )
  }

  async #answerTo({ path, body, timeoutMs = TIMEOUT_MS, ...rest }: Question): Promise<Answer> {
    const { secure, where } = this.#where()
    const { request } = secure ? await import('node:https') : http
    return new Promise((resolve, reject) => {
      const options = {
        ...where,
        path,
        ...rest,
        headers: this.#headers(rest.headers),
        agent: false,
      }
      let answer: Answer | undefined
      const sent = request(options, (begun) => {
        answer = begun
        resolve(begun)
      })
      this.#open.add(sent)
      sent.on('error', reject)
      sent.on('close', () => {
        this.#open.delete(sent)
        reject(new Error('the connection was closed'))
      })
      // Of the socket: it is counted anew with each piece of an answer.
      sent.setTimeout(timeoutMs, () =>
        (answer ?? sent).destroy(new Error('it was silent for too long')),
      )
      sent.end(body)
    })
  }

  #where(): { secure: boolean; where: { socketPath: string } | { host: string; port: string } } {
    if (this.#address.k === 'unix')
      return { secure: false, where: { socketPath: this.#address.path } }
    const { protocol, hostname, port } = new URL(this.#address.url)
    const secure = protocol === 'https:'
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return { secure, where: { host, port: port || (secure ? '443' : '80') } }
  }

  #headers(given: Question['headers']): Record<string, string> {
    const token = this.#address.k === 'url' ? this.#address.token : undefined
    return { ...given, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  }
}

async function textOf(answer: Answer): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too long')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

const show = (address: AdminAddress): string => (address.k === 'unix' ? address.path : address.url)

/** What the gateway says of its own; undefined when it is something else that answered. */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}

function explained(error: unknown, address: AdminAddress): Error {
  if (error instanceof AdminClientError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const where = show(address)
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new AdminClientError(`no gateway is running: nothing answers at ${where}`, {
      cause: error,
    })
  }
  if (code === 'EACCES') {
    return new AdminClientError(
      `${where} belongs to another user: run this as the gateway's user`,
      { cause: error },
    )
  }
  const message = error instanceof Error ? error.message : String(error)
  return new AdminClientError(`${where} did not answer: ${message}`, { cause: error })
}

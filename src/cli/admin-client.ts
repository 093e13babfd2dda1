/** Asks a running gateway through its admin listener. */

import { Client, type Dispatcher } from 'undici'
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

export class AdminClient {
  readonly #address: AdminAddress
  readonly #clients = new Set<Client>()

  constructor(address: AdminAddress) {
    this.#address = address
  }

  /** The answer's JSON. Rejects with `AdminClientError`, as all of these do. */
  get(path: string): Promise<unknown> {
    return this.#ask({ path, method: 'GET', headersTimeout: TIMEOUT_MS })
  }

  post(path: string, body: unknown = {}): Promise<unknown> {
    const headers = { 'content-type': 'application/json' }
    const text = JSON.stringify(body)
    return this.#ask({
      path,
      method: 'POST',
      headers,
      body: text,
      headersTimeout: ORDER_TIMEOUT_MS,
    })
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
    const client = this.#client({ bodyTimeout: SILENCE_MS })
    try {
      const headers = after === undefined ? {} : { 'last-event-id': after }
      const { body } = await this.#send(client, { path, method: 'GET', headers, signal })
      begun()
      const events = new ServerSentEvents()
      body.setEncoding('utf8')
      for await (const text of body) yield* events.push(String(text))
    } catch (error) {
      if (!signal.aborted) throw explained(error, this.#address)
    } finally {
      await this.#end(client)
    }
  }

  /** Ends everything that is open. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => this.#end(client)))
  }

  async #ask(request: Dispatcher.RequestOptions): Promise<unknown> {
    const client = this.#client({ bodyTimeout: TIMEOUT_MS, maxResponseSize: ANSWER_BYTES_MAX })
    try {
      const { body } = await this.#send(client, request)
      return await body.json()
    } catch (error) {
      throw explained(error, this.#address)
    } finally {
      await this.#end(client)
    }
  }

  async #send(
    client: Client,
    request: Dispatcher.RequestOptions,
  ): Promise<Dispatcher.ResponseData> {
    const token = this.#address.k === 'url' ? this.#address.token : undefined
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { ...(request.headers as Record<string, string>), ...authorization }
    const response = await client.request({ ...request, headers })
    if (response.statusCode === 200) return response
    const detail = detailOf(await response.body.text())
    throw new AdminClientError(
      detail ?? `${show(this.#address)} answered ${response.statusCode}, and is no coldfront`,
      { isAnswer: true },
    )
  }

  #client(options: Client.Options): Client {
    const { origin, connect } =
      this.#address.k === 'unix'
        ? { origin: 'http://localhost', connect: { socketPath: this.#address.path } }
        : { origin: this.#address.url, connect: {} }
    const timeouts = { headersTimeout: TIMEOUT_MS, ...options }
    const client = new Client(origin, { connect: { ...connect, timeout: TIMEOUT_MS }, ...timeouts })
    this.#clients.add(client)
    return client
  }

  #end(client: Client): Promise<void> {
    this.#clients.delete(client)
    return client.destroy()
  }
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

/**
 * A stream of server-sent events by `fetch`, since an EventSource cannot carry the token. Connects again where it was,
 * and is silent while the page is hidden: a browser has few connections to one host.
 */

import { authorization } from './session.ts'

export interface Listener {
  readonly message: (value: unknown) => void
  /** Whether it is connected; a status that ends it for good is told as well. */
  readonly link?: (state: 'open' | 'lost' | 'refused') => void
}

const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 10_000

/** Begins at once; returns what ends it. */
export function follow(path: string, listener: Listener): () => void {
  const stream = new Stream(path, listener)
  return () => stream.close()
}

class Stream {
  readonly #path: string
  readonly #listener: Listener
  readonly #visible = (): void => this.#look()
  #lastId: string | undefined
  #abort: AbortController | undefined
  #timer: number | undefined
  #retryMs = RETRY_MIN_MS
  #isClosed = false

  constructor(path: string, listener: Listener) {
    this.#path = path
    this.#listener = listener
    document.addEventListener('visibilitychange', this.#visible)
    this.#look()
  }

  close(): void {
    this.#isClosed = true
    document.removeEventListener('visibilitychange', this.#visible)
    this.#rest()
  }

  #look(): void {
    if (document.hidden) this.#rest()
    else if (!this.#abort && this.#timer === undefined) void this.#read()
  }

  #rest(): void {
    window.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#abort?.abort()
    this.#abort = undefined
  }

  async #read(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    const isOver = await this.#connect(abort.signal).catch(() => false)
    if (this.#abort !== abort || this.#isClosed) return
    this.#abort = undefined
    this.#listener.link?.(isOver ? 'refused' : 'lost')
    if (isOver) return
    this.#timer = window.setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, this.#retryMs)
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2)
  }

  /** True when asking again would be answered the same. */
  async #connect(signal: AbortSignal): Promise<boolean> {
    const headers = new Headers({ ...authorization(), accept: 'text/event-stream' })
    if (this.#lastId !== undefined) headers.set('last-event-id', this.#lastId)
    const answer = await fetch(this.#path, { headers, signal })
    if (!answer.ok || !answer.body) return answer.status >= 400 && answer.status < 500
    this.#listener.link?.('open')
    this.#retryMs = RETRY_MIN_MS
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (rest + part.value).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    }
    return false
  }

  #take(block: string): void {
    const fields = block.split('\n')
    const valueOf = (name: string): string | undefined =>
      fields.find((field) => field.startsWith(`${name}: `))?.slice(name.length + 2)
    const data = valueOf('data')
    this.#lastId = valueOf('id') ?? this.#lastId
    if (data !== undefined) this.#listener.message(JSON.parse(data) as unknown)
  }
}

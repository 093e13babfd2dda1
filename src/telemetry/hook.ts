/**
 * One hook: a bounded queue of events on their way to an address, one at a time and in order. What cannot be delivered
 * is tried again with growing pauses, then given up; nobody waits for any of it.
 */

import type { HookSpec } from '../domain/hook.ts'
import { LIMITS } from '../domain/limits.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { type HookMessage, hookFields } from './hook-message.ts'

/** Sends one request; resolves with the status of the answer, its body read or dropped. */
export type Post = (request: {
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}) => Promise<number>

export interface HookParts {
  readonly spec: HookSpec
  readonly clock: Clock
  readonly post: Post
  readonly version: string
  /** An event was delivered, or is lost and why; the address is told without what may be secret in it. */
  readonly delivered: () => void
  readonly lost: (why: string) => void
}

/** Worth another attempt: the receiver was busy, slow or broken. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500

export class Hook {
  readonly #parts: HookParts
  readonly #end = new AbortController()
  #queue: HookMessage[] = []
  #isSending = false
  #isFull = false
  #onEmpty: (() => void) | undefined

  constructor(parts: HookParts) {
    this.#parts = parts
  }

  get spec(): HookSpec {
    return this.#parts.spec
  }

  /** Queues a message; what comes on top of a full queue is lost. */
  push(message: HookMessage): void {
    if (this.#end.signal.aborted) return
    if (this.#queue.length >= LIMITS.hookQueueMax) return this.#overflow()
    this.#isFull = false
    this.#queue.push(message)
    if (!this.#isSending) void this.#sendAll()
  }

  /** Waits for what is queued, for `graceMs` at the most, then gives up the rest. */
  async close(graceMs: number): Promise<void> {
    if (this.#isSending && graceMs > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
      await Promise.race([empty, sleep(this.#parts.clock, graceMs)])
    }
    this.#end.abort()
    for (const _ of this.#queue.splice(0)) this.#parts.lost('')
  }

  /** Told once, however much is lost until the queue moves again. */
  #overflow(): void {
    this.#parts.lost(this.#isFull ? '' : `its queue of ${LIMITS.hookQueueMax} events is full`)
    this.#isFull = true
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    for (let message = this.#queue[0]; message; message = this.#queue[0]) {
      const trouble = await this.#deliver(message)
      if (this.#end.signal.aborted) break
      this.#queue.shift()
      if (trouble === undefined) this.#parts.delivered()
      else this.#parts.lost(trouble)
    }
    this.#isSending = false
    this.#onEmpty?.()
  }

  /** Undefined when it was delivered, else why it was given up. */
  async #deliver(message: HookMessage): Promise<string | undefined> {
    const { clock } = this.#parts
    const { signal } = this.#end
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#attempt(message)
      if (typeof result === 'number' && result >= 200 && result < 300) return undefined
      const trouble = typeof result === 'number' ? `it answered ${result}` : result
      if (typeof result === 'number' && !isPassing(result)) return trouble
      if (attempt >= LIMITS.hookAttemptsMax || signal.aborted) return trouble
      const pauseMs = Math.min(LIMITS.hookRetryMs * 2 ** (attempt - 1), LIMITS.hookRetryMaxMs)
      await sleep(clock, pauseMs, signal).catch(() => undefined)
      if (signal.aborted) return trouble
    }
  }

  /** The status, or what kept it from being there. */
  async #attempt(message: HookMessage): Promise<number | string> {
    const { clock, post, spec, version } = this.#parts
    const fields = hookFields(message, { at: clock.wall(), secret: spec.secret, version })
    const late = new AbortController()
    const timer = clock.timer(LIMITS.hookTimeoutMs, () => late.abort())
    try {
      const signal = AbortSignal.any([late.signal, this.#end.signal])
      return await post({ url: spec.url, fields, body: message.body, signal })
    } catch (error) {
      if (late.signal.aborted) return `it did not answer within ${LIMITS.hookTimeoutMs / 1_000} s`
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
      return `it cannot be reached (${code})`
    } finally {
      timer.cancel()
    }
  }
}

/**
 * Lines on their way to an output that may be slow or broken. Writing never throws, never waits and never
 * holds more than `logQueueChars`, twice that with what is vital: what does not fit is dropped, counted, and said as soon as it flows again.
 */

import type { Clock, Timer } from '../lib/clock.ts'
import { LIMITS } from '../domain/limits.ts'

/** Takes text. `done` is called once, in a later turn, with what went wrong if something did; one write at a time. */
export interface LineOutput {
  write(text: string, done: (error: Error | undefined) => void): void
}

export interface LineSinkParts {
  readonly output: LineOutput
  readonly clock: Clock
  /** The line that tells how many lines are missing, and why. */
  readonly lost: (lines: number, cause: string) => string
  readonly queueChars?: number
}

export class LineSink {
  readonly #parts: LineSinkParts
  readonly #queueChars: number
  #lines: string[] = []
  #chars = 0
  #state: 'idle' | 'gathering' | 'scheduled' | 'writing' | 'waiting' = 'idle'
  #delay: Timer | undefined
  #lost = { lines: 0, cause: '' }
  /** A failed write may have left half a line. */
  #torn = false
  #flushed: (() => void)[] = []
  #dropped = 0

  constructor(parts: LineSinkParts) {
    this.#parts = parts
    this.#queueChars = parts.queueChars ?? LIMITS.logQueueChars
  }

  /** Lines that were dropped or lost in a failed write, since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * Queues one line, without its line end. Lines leave together, `logDelayMs` after the first or when there are many: what they
   * tell of goes first. A write in the turn of a wake costs the request 0.3 ms, and wakes a reader where the function starts.
   * `vital` ones, which are few, have as much room again: a flood of others does not push them out.
   */
  write(line: string, vital = false): void {
    if (this.#chars + line.length >= (vital ? 2 : 1) * this.#queueChars) {
      this.#lose(1, 'the output does not keep up')
      return
    }
    this.#lines.push(line)
    this.#chars += line.length + 1
    if (this.#state === 'idle') {
      this.#state = 'gathering'
      this.#delay = this.#parts.clock.timer(LIMITS.logDelayMs, () => this.#sendSoon())
    }
    if (this.#chars >= LIMITS.logTogetherChars) this.#sendSoon()
  }

  /** Resolves when all lines so far are written or lost, after `timeoutMs` at the latest. */
  flush(timeoutMs: number): Promise<void> {
    if (this.#state === 'idle') return Promise.resolve()
    this.#sendSoon()
    return new Promise((resolve) => {
      const timer: Timer = this.#parts.clock.timer(timeoutMs, resolve)
      this.#flushed.push(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  /** Nothing more is waited for: what is gathered leaves with what else comes in this turn. */
  #sendSoon(): void {
    if (this.#state !== 'gathering') return
    this.#delay?.cancel()
    this.#delay = undefined
    this.#state = 'scheduled'
    this.#parts.clock.turn(() => this.#send())
  }

  #send(): void {
    const lines = this.#lines
    const told = this.#lost
    this.#state = 'writing'
    this.#lines = []
    this.#chars = 0
    this.#lost = { lines: 0, cause: '' }
    if (told.lines > 0) lines.unshift(this.#parts.lost(told.lines, told.cause))
    const text = (this.#torn ? '\n' : '') + lines.join('\n') + '\n'
    this.#parts.output.write(text, (error) => {
      if (error) this.#failed(lines.length - (told.lines > 0 ? 1 : 0), told.lines, error)
      else this.#written()
    })
  }

  #written(): void {
    this.#torn = false
    if (this.#lines.length > 0 || this.#lost.lines > 0) return this.#send()
    this.#state = 'idle'
    this.#settle()
  }

  #failed(lines: number, untold: number, error: Error): void {
    this.#lose(lines, error.message)
    // They were counted when they were lost; only the telling has to be done again.
    this.#lost.lines += untold
    this.#torn = true
    this.#state = 'waiting'
    this.#parts.clock.timer(LIMITS.logRetryMs, () => this.#send())
    this.#settle()
  }

  #lose(lines: number, cause: string): void {
    this.#dropped += lines
    this.#lost = { lines: this.#lost.lines + lines, cause }
  }

  #settle(): void {
    const flushed = this.#flushed
    this.#flushed = []
    for (const resolve of flushed) resolve()
  }
}

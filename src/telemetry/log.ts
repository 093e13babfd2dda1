/**
 * The log: a subscriber that writes one line per request and per event, as JSON or for people. A log that
 * cannot be written stops nothing: lines are dropped, counted in `dropped`, and said once it can be again.
 */

import { eventEntry, requestEntry, requestLevel } from './entry.ts'
import { jsonLine } from './json-line.ts'
import { requestLine } from './request-line.ts'
import { LineSink } from './line-sink.ts'
import { prettyLines } from './pretty-line.ts'
import type { Clock } from '../lib/clock.ts'
import type { Entry, Level } from './entry.ts'
import type { LineOutput } from './line-sink.ts'
import type { RequestRecord, Subscriber, TelemetryEvent } from './events.ts'

export interface LogParts {
  readonly output: LineOutput
  readonly clock: Clock
  readonly format: 'json' | 'pretty'
  /** Terminal colours; for `pretty` only. */
  readonly colour: boolean
  /** Less than this is not written. */
  readonly level: Level
  /** Write a line per request. */
  readonly requests: boolean
}

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

export class Log implements Subscriber {
  readonly #format: (entry: Entry) => string
  readonly #sink: LineSink
  readonly #clock: Clock
  readonly #least: number
  readonly #requests: boolean

  constructor({ output, clock, format, colour, level, requests }: LogParts) {
    this.#format = format === 'json' ? jsonLine : prettyLines(colour)
    this.#clock = clock
    this.#least = RANK[level]
    this.#requests = requests
    const lost = (lines: number, cause: string): string =>
      this.#format({
        at: clock.wall(),
        level: 'error',
        msg: 'log lines lost',
        fields: { lines, cause },
      })
    this.#sink = new LineSink({ output, clock, lost })
  }

  /** Lines that never reached the output, since the start. */
  get dropped(): number {
    return this.#sink.dropped
  }

  request(r: RequestRecord): void {
    if (!this.#requests || RANK[requestLevel(r)] < this.#least) return
    if (this.#format === jsonLine) this.#sink.write(requestLine(r))
    else this.#write(requestEntry(r))
  }

  event(e: TelemetryEvent): void {
    // What concerns the whole gateway is said also while ten thousand functions start.
    this.#write(eventEntry(e), !('fn' in e))
  }

  /** A line about what is no event: a fault of the process, the end of the process. */
  note(level: Level, msg: string, fields: Entry['fields'] = {}): void {
    this.#write({ at: this.#clock.wall(), level, msg, fields }, true)
  }

  /** Resolves when what was logged so far is written or lost, after `timeoutMs` at the latest. */
  flush(timeoutMs: number): Promise<void> {
    return this.#sink.flush(timeoutMs)
  }

  #write(entry: Entry, vital = false): void {
    if (RANK[entry.level] >= this.#least) this.#sink.write(this.#format(entry), vital)
  }
}

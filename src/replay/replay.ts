/** Replays a log under several keep-alive policies at once: one pass, a bounded memory for each function. */

import { Arrivals } from './arrivals.ts'
import {
  type Invocation,
  type LineReader,
  type LogFormat,
  formatOf,
  readerOf,
} from './invocation.ts'
import type { PolicyRow } from './keep-alive.ts'
import { ReplayedFunction, type Tally, emptyTally } from './replayed-function.ts'

export interface PolicyResult {
  readonly policy: string
  readonly invocations: number
  readonly cold: number
  /** Share of the invocations, in percent. */
  readonly coldPercent: number
  readonly instanceHours: number
  /** Of those, loaded and not in use. */
  readonly idleHours: number
}

export interface Replayed {
  readonly format: LogFormat | undefined
  readonly functions: number
  readonly invocations: number
  /** Lines that say nothing of an invocation. */
  readonly otherLines: number
  /** From the first arrival to the end of the last invocation. */
  readonly hours: number
  readonly policies: readonly PolicyResult[]
}

/** Functions of one log; beyond it the log is refused, for each has its memory. */
const FUNCTIONS_MAX = 100_000
const HOUR_MS = 3_600_000

/** There is nothing in the log that could be replayed, or too much; the message says what. */
export class ReplayError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ReplayError'
  }
}

export class Replay {
  readonly #policies: readonly PolicyRow[]
  readonly #tallies: readonly Tally[]
  readonly #functions = new Map<string, readonly ReplayedFunction[]>()
  readonly #arrivals = new Arrivals()
  #format: LogFormat | undefined
  #read: LineReader | undefined
  #otherLines = 0
  #invocations = 0
  #from = Infinity
  #to = -Infinity

  constructor(policies: readonly PolicyRow[]) {
    this.#policies = policies
    this.#tallies = policies.map(emptyTally)
  }

  /** One line of the log, without its end. Throws `ReplayError`. */
  line(line: string): void {
    if (line === '') return
    this.#format ??= formatOf(line)
    this.#read ??= readerOf(this.#format)
    const invocation = this.#read(line)
    if (!invocation) {
      this.#otherLines += 1
      return
    }
    const earliest = this.#arrivals.push(invocation)
    if (earliest) this.#invoke(earliest)
  }

  /** After the last line. Throws `ReplayError`. */
  end(): Replayed {
    for (let next = this.#arrivals.pop(); next; next = this.#arrivals.pop()) this.#invoke(next)
    if (this.#invocations === 0) throw new ReplayError('no line of this log is an invocation')
    for (const replayed of this.#functions.values()) for (const each of replayed) each.end(this.#to)
    return {
      format: this.#format,
      functions: this.#functions.size,
      invocations: this.#invocations,
      otherLines: this.#otherLines,
      hours: (this.#to - this.#from) / HOUR_MS,
      policies: this.#policies.map(({ name }, i) => resultOf(name, this.#tallies[i]!)),
    }
  }

  #invoke({ fn, at, durationMs }: Invocation): void {
    this.#invocations += 1
    this.#from = Math.min(this.#from, at)
    this.#to = Math.max(this.#to, at + durationMs)
    let replayed = this.#functions.get(fn)
    if (!replayed) {
      if (this.#functions.size >= FUNCTIONS_MAX)
        throw new ReplayError(`the log has more than ${FUNCTIONS_MAX} functions`)
      replayed = this.#policies.map(
        ({ make }, i) => new ReplayedFunction(make(), this.#tallies[i]!),
      )
      this.#functions.set(fn, replayed)
    }
    for (const each of replayed) each.invoke(at, durationMs)
  }
}

const resultOf = (
  policy: string,
  { invocations, cold, loadedMs, busyMs }: Tally,
): PolicyResult => ({
  policy,
  invocations,
  cold,
  coldPercent: (100 * cold) / invocations,
  instanceHours: loadedMs / HOUR_MS,
  idleHours: (loadedMs - busyMs) / HOUR_MS,
})

/**
 * Deadlines of many connections with one timer: a connection writes a number, a sweep now and then looks at all of
 * them. The numbers lie side by side: to look into ten thousand connections, each somewhere else in memory, took 1.4 ms,
 * this takes 0.2, ten times a second. Setting one costs nothing; it fires late by at most one step. While the process is
 * suspended nothing of a connection is read or written, so that time counts for nobody.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'

export abstract class Timed {
  readonly #deadlines: Deadlines
  /** Undefined when it has none any more. */
  #place: number | undefined

  constructor(deadlines: Deadlines, deadline: number) {
    this.#deadlines = deadlines
    this.#place = deadlines.add(this, deadline)
  }

  /** On the clock's `now`; Infinity for none. */
  set deadline(at: number) {
    if (this.#place !== undefined) this.#deadlines.set(this.#place, at)
  }

  /** There will be no deadline any more. Idempotent. */
  protected endDeadlines(): void {
    if (this.#place !== undefined) this.#deadlines.remove(this.#place)
    this.#place = undefined
  }

  /** The deadline has gone by. Sets another, or is asked again at the next step. */
  abstract expired(now: number): void
}

/** Between sweeps, in ms: a hundredth of the shortest timeouts that people set. */
export const DEADLINE_STEP_MS = 100

/** Places at first; they double. */
const PLACES_MIN = 64

export class Deadlines {
  readonly #clock: Clock
  /** By place. */
  readonly #members: (Timed | undefined)[] = []
  #times = new Float64Array(PLACES_MIN)
  readonly #vacant: number[] = []
  #armed = false
  #recent: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#recent = clock.now()
  }

  /** Of a suspension the first to ask hears, a sweep at the latest; by then `soon` has been told from before it. */
  now(): number {
    const now = this.#clock.now()
    const lostMs = now - this.#recent - DEADLINE_STEP_MS
    if (this.#armed && lostMs > LIMITS.suspended.lateMs) {
      for (let place = 0; place < this.#members.length; place++) this.#times[place]! += lostMs
      this.#recent = now
    }
    return now
  }

  /**
   * A time that is at most one step old, for limits that every request sets and hardly any meets: reading the
   * clock for each would cost more than the rest of their bookkeeping.
   */
  get recent(): number {
    return this.#recent
  }

  /** A deadline `ms` from now, without a look at the clock: never early, late by two steps at most. */
  soon(ms: number): number {
    return this.#recent + ms + DEADLINE_STEP_MS
  }

  get size(): number {
    return this.#members.length - this.#vacant.length
  }

  /** For a `Timed`: returns its place. */
  add(member: Timed, deadline: number): number {
    const place = this.#vacant.pop() ?? this.#members.length
    if (place === this.#times.length) {
      const doubled = new Float64Array(2 * place)
      doubled.set(this.#times)
      this.#times = doubled
    }
    this.#members[place] = member
    this.#times[place] = deadline
    this.#arm()
    return place
  }

  set(place: number, deadline: number): void {
    this.#times[place] = deadline
  }

  remove(place: number): void {
    this.#members[place] = undefined
    this.#times[place] = Infinity
    this.#vacant.push(place)
    // What many took is given back when the last has gone.
    if (this.size === 0) this.#members.length = this.#vacant.length = 0
  }

  #arm(): void {
    if (this.#armed || this.size === 0) return
    this.#armed = true
    this.#recent = this.#clock.now()
    this.#clock.timer(DEADLINE_STEP_MS, () => this.#sweep())
  }

  #sweep(): void {
    const now = this.now()
    this.#armed = false
    for (let place = 0; place < this.#members.length; place++)
      if (now >= this.#times[place]!) this.#members[place]?.expired(now)
    this.#arm()
  }
}

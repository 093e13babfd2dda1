/**
 * Deadlines of many connections with one timer: a connection writes a number, a sweep now and then looks
 * at all of them. Setting one costs nothing; it fires late by at most one step. While the process is suspended
 * nothing of a connection is read or written, so that time counts for nobody.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'

export interface Timed {
  /** On the clock's `now`; Infinity for none. */
  deadline: number
  /** The deadline has gone by. Sets another, or is asked again at the next step. */
  expired(now: number): void
}

/** Between sweeps, in ms: a hundredth of the shortest timeouts that people set. */
export const DEADLINE_STEP_MS = 100

export class Deadlines {
  readonly #clock: Clock
  readonly #members = new Set<Timed>()
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
      for (const member of this.#members) member.deadline += lostMs
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
    return this.#members.size
  }

  add(member: Timed): void {
    this.#members.add(member)
    this.#arm()
  }

  remove(member: Timed): void {
    this.#members.delete(member)
  }

  #arm(): void {
    if (this.#armed || this.#members.size === 0) return
    this.#armed = true
    this.#recent = this.#clock.now()
    this.#clock.timer(DEADLINE_STEP_MS, () => this.#sweep())
  }

  #sweep(): void {
    const now = this.now()
    this.#armed = false
    for (const member of this.#members) if (now >= member.deadline) member.expired(now)
    this.#arm()
  }
}

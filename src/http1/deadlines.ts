/**
 * Deadlines of many connections with one timer: a connection writes a number, a sweep now and then looks
 * at all of them. Setting one costs nothing; it fires late by at most one step.
 */

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

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
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
    this.#clock.timer(DEADLINE_STEP_MS, () => this.#sweep())
  }

  #sweep(): void {
    this.#armed = false
    const now = this.#clock.now()
    for (const member of this.#members) if (now >= member.deadline) member.expired(now)
    this.#arm()
  }
}

/**
 * A clock for a process that may be suspended (SIGSTOP, a laptop's sleep, a paused VM). A timer that falls due
 * seconds late gets one more round, so that what happened meanwhile is read before anything expires.
 */

import type { Clock, Timer } from './clock.ts'

export interface Patience {
  /** A timer later than this fell due while nothing ran. Ms. */
  readonly lateMs: number
  /** The round that it gets, at most as long as the timer was, once. Ms. */
  readonly roundMs: number
  /** Between looks at the wall clock, which alone goes on while a machine sleeps. Ms. */
  readonly beatMs: number
}

export class PatientClock implements Clock {
  readonly #base: Clock
  readonly #patience: Patience
  readonly #woken: () => void
  #wokenAt = -Infinity
  /** Wall clock minus monotonic clock, ms. */
  #offset: number
  #beat: Timer

  /** `woken` runs once for each suspension that is noticed; also when only the wall clock was set. */
  constructor(base: Clock, patience: Patience, woken: () => void) {
    this.#base = base
    this.#patience = patience
    this.#woken = woken
    this.#offset = base.wall() - base.now()
    this.#beat = this.#nextBeat()
  }

  now(): number {
    return this.#base.now()
  }

  wall(): number {
    return this.#base.wall()
  }

  turn(fn: () => void): void {
    this.#base.turn(fn)
  }

  timer(delayMs: number, fn: () => void): Timer {
    if (delayMs === Infinity) return this.#base.timer(delayMs, fn)
    const dueAt = this.#base.now() + delayMs
    let timer = this.#base.timer(delayMs, () => {
      if (!this.#isLate(dueAt)) return fn()
      this.#notice()
      timer = this.#base.timer(Math.min(delayMs, this.#patience.roundMs), fn)
    })
    return { cancel: () => timer.cancel() }
  }

  /** Ends the looks at the wall clock. Timers that are armed still fire. */
  close(): void {
    this.#beat.cancel()
  }

  #isLate(dueAt: number): boolean {
    return this.#base.now() - dueAt > this.#patience.lateMs
  }

  #nextBeat(): Timer {
    const { beatMs, lateMs } = this.#patience
    const dueAt = this.#base.now() + beatMs
    return this.#base.timer(beatMs, () => {
      const offset = this.#base.wall() - this.#base.now()
      const jumped = Math.abs(offset - this.#offset) > lateMs
      this.#offset = offset
      this.#beat = this.#nextBeat()
      if (jumped || this.#isLate(dueAt)) this.#notice()
    })
  }

  /** All that is late fell due in the same suspension. */
  #notice(): void {
    const now = this.#base.now()
    if (now - this.#wokenAt < this.#patience.roundMs) return
    this.#wokenAt = now
    this.#woken()
  }
}

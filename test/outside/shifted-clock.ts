/** The system clock with hands that a test can move: the monotonic one forward, the wall clock either way. */

import { type Clock, systemClock } from '../../src/lib/clock.ts'

export class ShiftedClock implements Clock {
  readonly timer = systemClock.timer
  readonly turn = systemClock.turn
  #ahead = 0
  #wallAhead = 0

  now(): number {
    return systemClock.now() + this.#ahead
  }

  wall(): number {
    return systemClock.wall() + this.#wallAhead
  }

  /** Time has gone by. No timer fires earlier for it. */
  shift(ms: number): void {
    this.#ahead += ms
    this.#wallAhead += ms
  }

  /** Somebody sets the wall clock. */
  set(ms: number): void {
    this.#wallAhead += ms
  }
}

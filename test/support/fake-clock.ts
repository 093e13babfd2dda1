/** A clock that stands still until a test moves it. Timers fire in order of their time, turns when asked for. */

import type { Clock, Timer } from '../../src/lib/clock.ts'

/** Timers fired without time going by, after which the code under test is taken to loop. */
const SAME_MAX = 10_000

interface Pending {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

export class FakeClock implements Clock {
  /** Wall time of `now() === 0`. */
  readonly epoch: number
  /** Timers that may still fire; below zero the code under test is taken to loop. */
  firesLeft = Infinity
  #now = 0
  #order = 0
  #timers: Pending[] = []
  #turns: (() => void)[] = []

  constructor(epoch = Date.UTC(2026, 0, 2, 3, 4, 5, 6)) {
    this.epoch = epoch
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.epoch + this.#now
  }

  timer(delayMs: number, fn: () => void): Timer {
    if (delayMs === Infinity) return { cancel() {} }
    const pending = { at: this.#now + delayMs, order: (this.#order += 1), fn }
    this.#timers.push(pending)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((timer) => timer !== pending)
      },
    }
  }

  turn(fn: () => void): void {
    this.#turns.push(fn)
  }

  /** When the next timer falls due; Infinity without one. */
  get next(): number {
    return Math.min(Infinity, ...this.#timers.map((timer) => timer.at))
  }

  /** Turns that wait to be run. */
  get turns(): number {
    return this.#turns.length
  }

  /** Timers that have not fired. */
  get armed(): number {
    return this.#timers.length
  }

  /** Runs all turns, those added meanwhile included; or `most` of them. */
  run(most = Infinity): void {
    for (let count = 0; count < most; count += 1) {
      const fn = this.#turns.shift()
      if (!fn) return
      fn()
    }
  }

  /** Moves time on to the next timer and fires that one alone, without its turns. */
  fire(): void {
    const next = this.#due(Infinity)
    if (!next) return
    this.#now = Math.max(this.#now, next.at)
    next.fn()
  }

  /** Moves time on by `ms`, firing what falls due, with its turns, one after the other. */
  advance(ms: number): void {
    const until = this.#now + ms
    this.run()
    let same = 0
    for (let next = this.#due(until); next; next = this.#due(until)) {
      same = next.at > this.#now ? 0 : same + 1
      if (same > SAME_MAX || (this.firesLeft -= 1) < 0) throw new Error('a timer fires in a loop')
      this.#now = Math.max(this.#now, next.at)
      next.fn()
      this.run()
    }
    this.#now = until
  }

  #due(until: number): Pending | undefined {
    const due = this.#timers.filter((timer) => timer.at <= until)
    const next = due.sort((a, b) => a.at - b.at || a.order - b.order)[0]
    this.#timers = this.#timers.filter((timer) => timer !== next)
    return next
  }
}

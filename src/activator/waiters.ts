/** The held requests of one function: a bounded queue, oldest first, each with its own end of patience. */

import type { LeaveCause, Refusal, Ticket, Waiter } from '../domain/admission.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { Fifo, type Place } from '../lib/fifo.ts'

/** A waiter in the queue. */
export class Held implements Ticket {
  readonly waiter: Waiter
  /** Monotonic ms of its arrival. */
  readonly since: number
  readonly #queue: Waiters
  #place: Place<Held> | undefined
  #timer: Timer | undefined

  constructor(queue: Waiters, waiter: Waiter, since: number) {
    this.#queue = queue
    this.waiter = waiter
    this.since = since
  }

  queued(place: Place<Held>, timer: Timer): void {
    this.#place = place
    this.#timer = timer
  }

  leave(_why: LeaveCause): void {
    if (this.#place && this.#queue.remove(this.#place)) this.taken()
  }

  /** It left the queue: its timer goes with it. */
  taken(): void {
    this.#timer?.cancel()
    this.#timer = this.#place = undefined
  }
}

/** Hears when somebody waits, and when nobody does any more. */
export interface Holding {
  /** The first came to an empty queue. Where the queue fills and empties all the time, once per `heldEveryMs`. */
  held(first: Waiter): void
  /** The queue is empty again: how many had come since `held`, and how long ago that was. */
  released(about: { requests: number; heldMs: number }): void
}

export class Waiters {
  readonly #queue = new Fifo<Held>()
  readonly #clock: Clock
  readonly #holding: Holding
  readonly #changed: (by: 1 | -1) => void
  /** Of the queue since it was last empty. */
  #came = 0
  /** When the waiters of now were told of; undefined when they were not. */
  #toldAt: number | undefined
  #toldLastAt = -Infinity

  /** `changed` hears of every waiter that comes or goes. */
  constructor(clock: Clock, holding: Holding, changed: (by: 1 | -1) => void) {
    this.#clock = clock
    this.#holding = holding
    this.#changed = changed
  }

  get size(): number {
    return this.#queue.size
  }

  /** Age of the oldest, ms; 0 when nobody waits. */
  oldestWaitMs(now: number): number {
    const first = this.#queue.first
    return first ? now - first.since : 0
  }

  get oldestSince(): number | undefined {
    return this.#queue.first?.since
  }

  /** Queues `waiter` for at most `timeoutMs`; then it is refused as `expired` says. */
  push(waiter: Waiter, timeoutMs: number, expired: () => Refusal): Ticket {
    const held = new Held(this, waiter, this.#clock.now())
    const place = this.#queue.push(held)
    const timer = this.#clock.timer(timeoutMs, () => {
      if (this.remove(place)) waiter.refused(expired())
    })
    held.queued(place, timer)
    this.#came += 1
    this.#changed(1)
    if (this.size === 1) this.#first(held)
    return held
  }

  /** Takes the oldest. */
  shift(): Held | undefined {
    const held = this.#queue.shift()
    if (!held) return undefined
    held.taken()
    this.#left()
    return held
  }

  remove(place: Place<Held>): boolean {
    if (!this.#queue.remove(place)) return false
    this.#left()
    return true
  }

  /** Refuses everybody who waits now. */
  refuseAll(refusal: Refusal): number {
    let count = this.size
    const refused = count
    // Who comes back while being refused is not refused twice.
    for (; count > 0; count -= 1) this.shift()?.waiter.refused(refusal)
    return refused
  }

  /** Refuses the one that came last. */
  refuseNewest(refusal: Refusal): void {
    const newest = this.#queue.last
    if (!newest) return
    newest.leave('closing')
    newest.waiter.refused(refusal)
  }

  #left(): void {
    this.#changed(-1)
    if (this.size > 0) return
    const requests = this.#came
    const since = this.#toldAt
    this.#came = 0
    this.#toldAt = undefined
    if (since !== undefined) this.#holding.released({ requests, heldMs: this.#clock.now() - since })
  }

  #first({ since, waiter }: Held): void {
    if (since - this.#toldLastAt < LIMITS.heldEveryMs) return
    this.#toldAt = this.#toldLastAt = since
    this.#holding.held(waiter)
  }
}

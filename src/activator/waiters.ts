/** The held requests of one function: a bounded queue, oldest first, each with its own end of patience. */

import type { LeaveCause, Refusal, Ticket, Waiter } from '../domain/admission.ts'
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

export class Waiters {
  readonly #queue = new Fifo<Held>()
  readonly #clock: Clock
  readonly #changed: (by: 1 | -1) => void

  /** `changed` hears of every waiter that comes or goes. */
  constructor(clock: Clock, changed: (by: 1 | -1) => void) {
    this.#clock = clock
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
    this.#changed(1)
    return held
  }

  /** Takes the oldest. */
  shift(): Held | undefined {
    const held = this.#queue.shift()
    if (!held) return undefined
    held.taken()
    this.#changed(-1)
    return held
  }

  remove(place: Place<Held>): boolean {
    if (!this.#queue.remove(place)) return false
    this.#changed(-1)
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
}

/** What all pools share: start permits, the host's total of instances, the total of waiters. */

import type { Clock } from '../lib/clock.ts'
import { StartPermits } from './permits.ts'

export interface HostLimits {
  /** Starts out at once. */
  readonly startsConcurrent: number
  /** Instances that run or are on their way, over all functions. */
  readonly instancesTotal: number
  /** Waiters of all functions together. */
  readonly waitersTotal: number
}

export class Host {
  readonly permits: StartPermits
  readonly #clock: Clock
  readonly #starved = new Set<() => void>()
  #limits: HostLimits
  /** What each pool occupies, and the sum. */
  readonly #pools = new Map<object, number>()
  #occupied = 0
  #waiting = 0
  #retrying = false

  constructor(limits: HostLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.permits = new StartPermits(limits.startsConcurrent, () => this.#retryStarved())
  }

  /** Applies new limits; what is out already stays out. */
  reconfigure(limits: HostLimits): void {
    this.permits.resize(limits.startsConcurrent - this.#limits.startsConcurrent)
    this.#limits = limits
    this.#retryStarved()
  }

  /** Instances that may still be started. */
  get room(): number {
    return Math.max(0, this.#limits.instancesTotal - this.#occupied)
  }

  get isHoldingFull(): boolean {
    return this.#waiting >= this.#limits.waitersTotal
  }

  waiting(by: number): void {
    this.#waiting += by
  }

  /** How many instances `pool` has running or on their way. */
  occupy(pool: object, count: number): void {
    const by = count - (this.#pools.get(pool) ?? 0)
    if (by === 0) return
    if (count > 0) this.#pools.set(pool, count)
    else this.#pools.delete(pool)
    this.#occupied += by
    if (by < 0) this.#retryStarved()
  }

  /** `look` is called once, when there is room again, or nothing is started any more. */
  starve(look: () => void): void {
    this.#starved.add(look)
  }

  #retryStarved(): void {
    if (this.#retrying || this.#starved.size === 0) return
    this.#retrying = true
    this.#clock.turn(() => {
      this.#retrying = false
      const starved = [...this.#starved]
      this.#starved.clear()
      for (const look of starved) look()
    })
  }
}

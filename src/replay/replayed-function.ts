/**
 * One function under one policy, invocation by invocation. The model: one instance, which serves what overlaps; a start
 * takes no time; an invocation is cold when the instance is not loaded as it arrives.
 */

import type { KeepAlive } from './keep-alive.ts'

/** Sums over functions; times in ms. */
export interface Tally {
  invocations: number
  cold: number
  /** Loaded, whether in use or idle. */
  loadedMs: number
  /** Of that, in use. */
  busyMs: number
}

export const emptyTally = (): Tally => ({ invocations: 0, cold: 0, loadedMs: 0, busyMs: 0 })

export class ReplayedFunction {
  readonly #policy: KeepAlive
  readonly #tally: Tally
  /** When what is under way is over; undefined before the first invocation. */
  #freeAt: number | undefined

  constructor(policy: KeepAlive, tally: Tally) {
    this.#policy = policy
    this.#tally = tally
  }

  /** In the order of arrival; one that is earlier than the one before counts as overlapping it. */
  invoke(at: number, durationMs: number): void {
    const tally = this.#tally
    tally.invocations += 1
    const freeAt = this.#freeAt
    const idleMs = freeAt === undefined ? undefined : at - freeAt
    if (idleMs === undefined) tally.cold += 1
    else if (idleMs > 0) {
      const { prewarmMs, keepAliveMs } = this.#policy.windows()
      if (idleMs > keepAliveMs || idleMs < prewarmMs) tally.cold += 1
      tally.loadedMs += loadedOf(idleMs, { prewarmMs, keepAliveMs })
      this.#policy.observe(idleMs)
    }
    const end = at + durationMs
    const busy = Math.max(0, end - Math.max(at, freeAt ?? at))
    tally.busyMs += busy
    tally.loadedMs += busy
    this.#freeAt = Math.max(end, freeAt ?? end)
  }

  /** The log ends here: what is loaded is counted up to then. */
  end(at: number): void {
    if (this.#freeAt === undefined || at <= this.#freeAt) return
    this.#tally.loadedMs += loadedOf(at - this.#freeAt, this.#policy.windows())
  }
}

/** How much of an idle time the function is loaded. */
const loadedOf = (
  idleMs: number,
  { prewarmMs, keepAliveMs }: { prewarmMs: number; keepAliveMs: number },
): number => Math.max(0, Math.min(idleMs, keepAliveMs) - prewarmMs)

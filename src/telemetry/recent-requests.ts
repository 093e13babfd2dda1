/**
 * The requests of one function in the last minutes: how many per slot of time, and how long they took. Moves on with
 * the requests themselves, so that it needs no timer and costs a sleeping function nothing.
 */

import { LIMITS } from '../domain/limits.ts'
import type { RequestRecord } from './events.ts'
import { RecentDurations } from './recent-durations.ts'
import { RecentValues } from './recent-values.ts'

/** In ms; undefined where nothing was counted. */
export interface Quantiles {
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly count: number
}

/** What a function does, for people who look. */
export interface FunctionActivity {
  /** Finished requests per second, over the last slots. */
  readonly perSecond: number
  /** Finished requests per slot of `activitySlotMs`, oldest first, the present slot last; empty when there were none. */
  readonly slots: readonly number[]
  /** The same, those alone that waited for a start. */
  readonly woken: readonly number[]
  /** Arrival to last byte of warm and queued requests in the last minutes, to within 5 %. */
  readonly warm: Quantiles
  /** The same of the last `wakeHistoryMax` resumed and cold ones, however long ago: they are rare. Exact. */
  readonly resumed: Quantiles
  readonly cold: Quantiles
}

/** Slots that the rate is taken from, the present one included. */
const RATE_SLOTS = 2

export class RecentRequests {
  readonly #all = new Uint32Array(LIMITS.activitySlots)
  readonly #woken = new Uint32Array(LIMITS.activitySlots)
  readonly #warm = new RecentDurations()
  readonly #resumed = new RecentValues(LIMITS.wakeHistoryMax)
  readonly #cold = new RecentValues(LIMITS.wakeHistoryMax)
  /** Numbers of the present slot and half of the window. A wall clock that goes back counts into the present one. */
  #slot = 0
  #half = 0
  /** Of the newest request. */
  #lastSlot = 0

  /** A finished request. On the warm path: allocates nothing. */
  count(r: RequestRecord): void {
    const slot = Math.floor(r.at / LIMITS.activitySlotMs)
    if (slot > this.#slot) this.#moveTo(slot)
    this.#lastSlot = this.#slot
    const i = this.#slot % LIMITS.activitySlots
    this.#all[i] = (this.#all[i] ?? 0) + 1
    if (r.start === undefined) return
    if (r.start === 'cold' || r.start === 'resumed') {
      this.#woken[i] = (this.#woken[i] ?? 0) + 1
      if (!r.upgraded) (r.start === 'cold' ? this.#cold : this.#resumed).push(r.totalMs)
    } else if (!r.upgraded) this.#warm.record(r.totalMs)
  }

  /** Another number where `activity` would say something else. Cheap, so that only what changed is looked at. */
  stamp(at: number): number {
    const slot = Math.floor(at / LIMITS.activitySlotMs)
    const age = slot - this.#lastSlot
    // The rate falls from moment to moment, the curves move on from slot to slot, then all is quiet.
    if (age < RATE_SLOTS) return at
    return age <= LIMITS.activitySlots ? slot : 0
  }

  /** `at` is wall clock in ms. */
  activity(at: number): FunctionActivity {
    const slot = Math.floor(at / LIMITS.activitySlotMs)
    if (slot > this.#slot) this.#moveTo(slot)
    const slots = this.#inOrder(this.#all)
    const isQuiet = slots.every((count) => count === 0)
    const spanMs = (RATE_SLOTS - 1) * LIMITS.activitySlotMs + (at % LIMITS.activitySlotMs)
    const recent = slots.slice(-RATE_SLOTS).reduce((sum, count) => sum + count, 0)
    return {
      perSecond: (recent * 1_000) / spanMs,
      slots: isQuiet ? [] : slots,
      woken: isQuiet ? [] : this.#inOrder(this.#woken),
      warm: quantilesOf(this.#warm, this.#warm.count),
      resumed: quantilesOf(this.#resumed, this.#resumed.kept),
      cold: quantilesOf(this.#cold, this.#cold.kept),
    }
  }

  #moveTo(slot: number): void {
    const { activitySlots } = LIMITS
    for (let next = Math.max(this.#slot + 1, slot - activitySlots + 1); next <= slot; next += 1)
      this.#all[next % activitySlots] = this.#woken[next % activitySlots] = 0
    this.#slot = slot
    const half = Math.floor((2 * slot) / activitySlots)
    if (half === this.#half + 1) this.#warm.turn()
    else if (half !== this.#half) this.#warm.clear()
    this.#half = half
  }

  #inOrder(ring: Uint32Array): number[] {
    const from = (this.#slot + 1) % LIMITS.activitySlots
    return [...ring.subarray(from), ...ring.subarray(0, from)]
  }
}

const quantilesOf = (of: RecentDurations | RecentValues, count: number): Quantiles => ({
  p50: of.quantile(0.5),
  p99: of.quantile(0.99),
  count,
})

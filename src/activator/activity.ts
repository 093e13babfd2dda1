/**
 * Whether an instance is in use. A lease counts from its beginning to its end; one that carries an upgraded
 * connection counts only for a while after the last byte, so that an open tab does not pin an instance for ever.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'

export class Activity {
  readonly #clock: Clock
  /** How long an upgraded connection without a byte still counts, ms. */
  tunnelAfterMs: number
  #inFlight = 0
  /** Leases in flight that were touched: upgraded connections. */
  #tunnels = 0
  #touchedAt = -Infinity
  #restingSince: number
  #lastUsed = -Infinity

  constructor(clock: Clock, tunnelAfterMs: number) {
    this.#clock = clock
    this.tunnelAfterMs = tunnelAfterMs
    this.#restingSince = clock.now()
  }

  get inFlight(): number {
    return this.#inFlight
  }
  /** Monotonic ms of the last lease taken or given back; -Infinity before the first. */
  get lastUsed(): number {
    return this.#lastUsed
  }

  began(): void {
    this.#inFlight += 1
    this.#lastUsed = this.#clock.now()
  }

  finished(): void {
    if (this.#inFlight === 0) throw new Error('in-flight would become negative')
    this.#inFlight -= 1
    this.#restingSince = this.#lastUsed = this.#clock.now()
  }

  /** The instance cut an exchange off. If it is dying it still accepts for a moment, and would take the next one along. */
  brokeOff(finished: () => void): void {
    this.#clock.timer(LIMITS.brokenPlaceMs, finished)
  }

  /** A byte went through an upgraded connection; `first` of its lease. */
  touched(first: boolean): void {
    if (first) this.#tunnels += 1
    this.#touchedAt = this.#clock.now()
  }

  /** A lease that was touched has ended. */
  untunnelled(): void {
    this.#tunnels -= 1
  }

  touchedSince(at: number): boolean {
    return this.#tunnels > 0 && this.#touchedAt >= at
  }

  /** The idle tiers count from now. */
  rest(): void {
    this.#restingSince = this.#clock.now()
  }

  /** The run is over; leases of it no longer count. */
  reset(): void {
    if (this.#inFlight > 0) this.#restingSince = this.#clock.now()
    this.#inFlight = 0
    this.#tunnels = 0
    this.#touchedAt = -Infinity
  }

  /** Since when nothing counts as activity, monotonic ms; undefined while something does. */
  idleSince(now: number): number | undefined {
    if (this.#inFlight === 0) return this.#restingSince
    if (this.#inFlight > this.#tunnels) return undefined
    const until = this.#touchedAt + this.tunnelAfterMs
    return until <= now ? until : undefined
  }
}

/**
 * When a function is asked for, learnt from how long it was idle before: until when its instances are kept, and when one
 * is made ahead of the request that is expected. What was learnt outlives the process (`Lessons`).
 */

import type { FunctionSpec, Ms } from '../domain/function.ts'
import { HYBRID_HISTOGRAM, IdlePolicy, type IdleWindows } from '../domain/idle-policy.ts'
import type { LearntIdle } from '../domain/lesson.ts'
import type { Clock } from '../lib/clock.ts'

type Tiers = Pick<FunctionSpec['idle'], 'policy' | 'pauseAfterMs' | 'stopAfterMs'>

export class Habit {
  readonly #clock: Clock
  /** The tiers as they are declared; nothing is stopped before they are known. */
  #idle: Tiers = { policy: 'fixed', pauseAfterMs: Infinity, stopAfterMs: Infinity }
  /** There while the function’s idle tiers are to be learnt. */
  #policy: IdlePolicy | undefined
  /** Of an earlier process, until it is known whether it is of use. */
  #recalled: LearntIdle | undefined
  /** Monotonic ms; undefined while something is asked of the function, and before the first request. */
  #idleSince: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** As the function is now. What was learnt stays while it is of use. */
  declare(idle: Tiers): void {
    const isChanged = idle.stopAfterMs !== this.#idle.stopAfterMs
    this.#idle = idle
    if (idle.policy === 'fixed') this.#policy = undefined
    else if (!this.#policy || isChanged) {
      this.#policy = new IdlePolicy({ standardMs: idle.stopAfterMs })
      if (this.#recalled?.stopAfter === String(idle.stopAfterMs))
        this.#policy.restore(this.#recalled)
    }
    this.#recalled = undefined
  }

  /** What an earlier process learnt, before the function is declared. */
  recall(learnt: LearntIdle | undefined): void {
    this.#recalled = learnt
  }

  /** Undefined where nothing is. */
  get learnt(): LearntIdle | undefined {
    if (!this.#policy) return this.#recalled
    const { counts } = this.#policy
    if (counts.bins.length + counts.outOfBounds === 0) return undefined
    return { stopAfter: String(this.#idle.stopAfterMs), ...counts }
  }

  /** A request came. */
  arrived(): void {
    if (this.#idleSince === undefined) return
    this.#policy?.observe(this.#clock.now() - this.#idleSince)
    this.#idleSince = undefined
  }

  /** Nothing is in flight any more. True where that is of use to know. */
  fellIdle(): boolean {
    if (!this.#policy) return false
    this.#idleSince = this.#clock.now()
    return true
  }

  /** In use, as the configured tiers bound them; undefined where nothing is learnt. */
  get windows(): IdleWindows | undefined {
    const learnt = this.#policy?.windows()
    if (!learnt || learnt.basis === 'standard') return learnt
    const { stopAfterMs } = this.#idle
    const least = this.#leastMs
    // So soon again that stopping it meanwhile would save nothing.
    const prewarmMs = learnt.prewarmMs > least ? learnt.prewarmMs : 0
    const keepAliveMs = Math.min(Math.max(learnt.keepAliveMs, least), prewarmMs + stopAfterMs)
    return { prewarmMs, keepAliveMs, basis: 'histogram' }
  }

  /** How long after it fell idle an instance is stopped. */
  get stopAfterMs(): Ms {
    const { windows } = this
    if (!windows) return this.#idle.stopAfterMs
    return windows.prewarmMs > 0 ? this.#leastMs : windows.keepAliveMs
  }

  /** It is stopped no sooner: after the pause, or where there is none, after a bin of the histogram. */
  get #leastMs(): Ms {
    const { pauseAfterMs, stopAfterMs } = this.#idle
    return Math.min(pauseAfterMs < Infinity ? pauseAfterMs : HYBRID_HISTOGRAM.binMs, stopAfterMs)
  }

  /** Whether a request is expected now, for which an instance is to be there. */
  get isExpecting(): boolean {
    const found = this.#sinceIdle()
    return !!found && found.idleMs >= found.prewarmMs && found.idleMs < found.keepAliveMs
  }

  /** Ms until that begins or ends; Infinity when neither will. */
  get untilChangeMs(): Ms {
    const found = this.#sinceIdle()
    if (!found || found.idleMs >= found.keepAliveMs) return Infinity
    return (found.idleMs < found.prewarmMs ? found.prewarmMs : found.keepAliveMs) - found.idleMs
  }

  #sinceIdle(): (IdleWindows & { readonly idleMs: Ms }) | undefined {
    const { windows } = this
    if (!windows || windows.prewarmMs === 0 || this.#idleSince === undefined) return undefined
    return { ...windows, idleMs: this.#clock.now() - this.#idleSince }
  }
}

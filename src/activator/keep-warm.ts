/**
 * Functions that an operator wants awake for a while: at least one instance until a time, whatever the configuration
 * says. Nothing is remembered beyond that time, nor beyond the process.
 */

import type { FunctionSpec } from '../domain/function.ts'
import type { FunctionId } from '../domain/ids.ts'
import type { Clock, Timer } from '../lib/clock.ts'

interface Kept {
  /** Wall clock, ms since the epoch. */
  readonly until: number
  readonly timer: Timer
}

export class KeepWarm {
  readonly #clock: Clock
  readonly #changed: (fn: FunctionId) => void
  readonly #kept = new Map<FunctionId, Kept>()

  /** `changed` hears when a function begins to be kept warm, and when that is over. */
  constructor(clock: Clock, changed: (fn: FunctionId) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** From now on for `forMs`, instead of what was said before. */
  keep(fn: FunctionId, forMs: number): void {
    this.#kept.get(fn)?.timer.cancel()
    const timer = this.#clock.timer(forMs, () => this.end(fn))
    this.#kept.set(fn, { until: this.#clock.wall() + forMs, timer })
    this.#changed(fn)
  }

  /** No longer, if it is kept. */
  end(fn: FunctionId): void {
    const kept = this.#kept.get(fn)
    if (!kept) return
    kept.timer.cancel()
    this.#kept.delete(fn)
    this.#changed(fn)
  }

  /** Wall clock, ms since the epoch; undefined when it is not kept warm. */
  until(fn: FunctionId): number | undefined {
    return this.#kept.get(fn)?.until
  }

  /** The function as it is to run now. */
  applied(fn: FunctionSpec): FunctionSpec {
    if (!this.#kept.has(fn.id)) return fn
    return { ...fn, instances: { ...fn.instances, min: Math.max(1, fn.instances.min) } }
  }
}

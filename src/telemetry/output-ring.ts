/** The last lines that each function printed, for those who may read its log. */

import type { FunctionId } from '../domain/ids.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Subscriber, TelemetryEvent } from './events.ts'
import { LiveRing, type ReadFrom, type Reading } from './live-ring.ts'

export class OutputRing implements Subscriber {
  readonly #origin: string
  readonly #rings = new Map<FunctionId, LiveRing>()

  /** `startedAt`, wall clock in ms, tells the ids of this process from those of another. */
  constructor(startedAt: number) {
    this.#origin = startedAt.toString(36)
  }

  event(e: TelemetryEvent): void {
    if (e.k !== 'output') return
    const { at, instance, line } = e
    this.#of(e.fn).push('', (id) => JSON.stringify({ id, at, instance, line }))
  }

  read(fn: FunctionId, from: ReadFrom): Reading {
    return this.#of(fn).read(from)
  }

  /** Forgets what other functions printed; their readers are told that it is over. */
  retain(functions: Iterable<FunctionId>): void {
    const known = new Set(functions)
    for (const [fn, ring] of this.#rings) {
      if (known.has(fn)) continue
      ring.end()
      this.#rings.delete(fn)
    }
  }

  #of(fn: FunctionId): LiveRing {
    let ring = this.#rings.get(fn)
    const bounds = { countMax: LIMITS.outputKeptMax, sizeMax: LIMITS.outputKeptChars }
    if (!ring) this.#rings.set(fn, (ring = new LiveRing(this.#origin, bounds)))
    return ring
  }
}

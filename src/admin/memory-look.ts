/**
 * What instances hold of memory, as it was read last. Read when somebody looks, and not more often than every few
 * seconds; nobody waits for a runtime that is slow to tell.
 */

import type { InstanceId } from '../domain/ids.ts'
import { LIMITS } from '../domain/limits.ts'
import { type Clock, sleep } from '../lib/clock.ts'

export interface MemoryParts {
  readonly clock: Clock
  /** Bytes by instance, of those whose runtime tells. */
  readonly memory: () => Promise<ReadonlyMap<InstanceId, number>>
}

export class MemoryLook {
  readonly #parts: MemoryParts
  #known: ReadonlyMap<InstanceId, number> = new Map()
  #readAt = -Infinity
  #reading: Promise<void> = Promise.resolve()

  constructor(parts: MemoryParts) {
    this.#parts = parts
  }

  /** Undefined where its runtime does not tell, or nobody has looked yet. */
  of(id: InstanceId): number | undefined {
    return this.#known.get(id)
  }

  /** In the background: what was read last serves meanwhile. A runtime that does not answer is left out. */
  refresh(): void {
    const now = this.#parts.clock.now()
    if (now - this.#readAt < LIMITS.memoryEveryMs) return
    this.#readAt = now
    this.#reading = this.#parts.memory().then(
      (known) => void (this.#known = known),
      () => void (this.#known = new Map()),
    )
  }

  /** Resolves when it has been read lately, or takes too long. */
  async refreshed(): Promise<void> {
    this.refresh()
    const over = new AbortController()
    const late = sleep(this.#parts.clock, LIMITS.memoryWaitMs, over.signal).catch(() => undefined)
    await Promise.race([this.#reading, late])
    over.abort()
  }
}

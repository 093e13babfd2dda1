/** Who watches which function wake. Hears events only while somebody does; bounded in number. */

import type { FunctionId } from '../domain/ids.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Events, LifeEvent, TelemetryEvent } from '../telemetry/events.ts'

type Watcher = (e: LifeEvent) => void

export class ProgressBoard {
  readonly #events: Events
  readonly #watchers = new Map<FunctionId, Set<Watcher>>()
  #count = 0
  #unsubscribe: (() => void) | undefined

  constructor(events: Events) {
    this.#events = events
  }

  /** Returns what ends it, once; undefined when there are too many watchers already. */
  watch(fn: FunctionId, watcher: Watcher): (() => void) | undefined {
    if (this.#count >= LIMITS.progressWatchersMax) return undefined
    this.#unsubscribe ??= this.#events.subscribe({ event: (e) => this.#tell(e) })
    const watchers = this.#watchers.get(fn) ?? new Set()
    this.#watchers.set(fn, watchers.add(watcher))
    this.#count += 1
    return () => {
      if (!watchers.delete(watcher)) return
      this.#count -= 1
      if (watchers.size === 0 && this.#watchers.get(fn) === watchers) this.#watchers.delete(fn)
      if (this.#count > 0) return
      this.#unsubscribe?.()
      this.#unsubscribe = undefined
    }
  }

  #tell(e: TelemetryEvent): void {
    if (!('fn' in e) || e.k === 'output') return
    for (const watcher of this.#watchers.get(e.fn) ?? []) watcher(e)
  }
}

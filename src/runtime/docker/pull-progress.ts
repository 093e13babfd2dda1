/** How far a pull is, in one line now and then instead of the engine's hundreds. */

import type { Clock } from '../../lib/clock.ts'
import { DOCKER_LIMITS } from './limits.ts'

/** A line of the engine's progress stream, as far as it matters here. */
export interface PullLine {
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
}

interface Layer {
  bytes: number
  total: number
  done: boolean
}

const DONE = new Set(['Pull complete', 'Already exists'])
/** More layers than any image has: the engine's own limit is 127. */
const LAYERS_MAX = 1_000
const MIB = 1_048_576

const mib = (bytes: number): string => (bytes / MIB).toFixed(1)

export class PullProgress {
  readonly #clock: Clock
  readonly #tell: (message: string) => void
  readonly #layers = new Map<string, Layer>()
  #toldAt = -Infinity

  constructor(clock: Clock, tell: (message: string) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Tells at once. */
  say(message: string): void {
    this.#toldAt = this.#clock.now()
    this.#tell(message)
  }

  /** Takes in one line; tells when the last telling is a second old. */
  step({ id, status, progressDetail }: PullLine): void {
    if (!id || !status) return
    const layer = this.#layers.get(id) ?? { bytes: 0, total: 0, done: false }
    if (status === 'Downloading' && progressDetail) {
      layer.bytes = progressDetail.current ?? layer.bytes
      layer.total = progressDetail.total ?? layer.total
    } else if (DONE.has(status)) {
      layer.done = true
      layer.bytes = layer.total
    } else if (status !== 'Pulling fs layer' && !this.#layers.has(id)) return
    if (this.#layers.size < LAYERS_MAX) this.#layers.set(id, layer)
    if (this.#clock.now() - this.#toldAt >= DOCKER_LIMITS.progressMs) this.say(this.#summary())
  }

  #summary(): string {
    const layers = [...this.#layers.values()]
    const sum = (of: (layer: Layer) => number): number =>
      layers.reduce((all, layer) => all + of(layer), 0)
    const done = layers.filter((layer) => layer.done).length
    return `pulling: ${done} of ${layers.length} layers, ${mib(sum((l) => l.bytes))} of ${mib(sum((l) => l.total))} MiB`
  }
}

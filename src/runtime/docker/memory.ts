/**
 * What running containers hold of memory, counted as `docker stats` does. Read from the kernel's files where they can be
 * seen; else the engine is asked, unless a filter in front of it forbids the question. Each look is bounded.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InstanceId } from '../../domain/ids.ts'
import type { Fact, InstanceRef } from '../runtime.ts'
import { statusOf } from './engine-error.ts'
import type { Engine } from './engine.ts'
import { DOCKER_LIMITS } from './limits.ts'

/** Of the engine's answer; which of the two caches is there depends on the version of cgroups. */
export interface ContainerStats {
  readonly memory_stats?: {
    readonly usage?: number
    readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number }
  }
}

export interface MemoryParts {
  /** Asks the engine. Rejects with a cause that has the status of its answer. */
  readonly stats: (handle: string) => Promise<ContainerStats>
  /** Where cgroups are mounted; another place is given only by tests. */
  readonly root?: string
}

interface Place {
  readonly directory: (id: string) => string
  readonly usage: string
  /** Of `memory.stat`: a cache that the kernel takes back first. */
  readonly cache: RegExp
}

const v1 = (directory: Place['directory']): Place => ({
  directory: (id) => `memory/${directory(id)}`,
  usage: 'memory.usage_in_bytes',
  cache: /^total_inactive_file (\d+)$/m,
})
const v2 = (directory: Place['directory']): Place => ({
  directory,
  usage: 'memory.current',
  cache: /^inactive_file (\d+)$/m,
})

const DIRECTORIES: readonly Place['directory'][] = [
  (id) => `system.slice/docker-${id}.scope`,
  (id) => `docker/${id}`,
  (id) => `machine.slice/libpod-${id}.scope`,
]
const PLACES: readonly Place[] = [...DIRECTORIES.map(v2), ...DIRECTORIES.map(v1)]

export class ContainerMemory {
  readonly #parts: MemoryParts
  /** By handle. */
  readonly #running = new Map<string, InstanceRef>()
  /** Where the first one was found: an engine puts all of them into one place. */
  #place: Place | undefined
  #isForbidden = false
  #looking: Promise<ReadonlyMap<InstanceId, number>> | undefined

  constructor(parts: MemoryParts) {
    this.#parts = parts
  }

  /** Keeps up with what runs. A paused one holds its memory. */
  fact(fact: Fact): void {
    if (fact.k === 'lost') this.#running.clear()
    // Another engine, or another filter.
    else if (fact.k === 'synced') this.#isForbidden = false
    else if (fact.k === 'present' && (fact.phase === 'running' || fact.phase === 'paused'))
      this.#running.set(fact.ref.handle, fact.ref)
    else this.#running.delete(fact.ref.handle)
  }

  /** Bytes by instance; who asks while a look is under way gets what it finds. */
  read(): Promise<ReadonlyMap<InstanceId, number>> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(): Promise<ReadonlyMap<InstanceId, number>> {
    const found = new Map<InstanceId, number>()
    const left = this.#running.values()
    let asksLeft = DOCKER_LIMITS.statsPerLookMax
    const walk = async (): Promise<void> => {
      for (const { handle, instance } of left) {
        const bytes =
          (await this.#fromKernel(handle)) ?? (await this.#fromEngine(handle, asksLeft--))
        if (bytes !== undefined) found.set(instance, bytes)
      }
    }
    // One iterator for all: each takes the next that nobody has.
    await Promise.all(Array.from({ length: DOCKER_LIMITS.memoryReadsAtOnceMax }, walk))
    return found
  }

  async #fromKernel(id: string): Promise<number | undefined> {
    const { root = '/sys/fs/cgroup' } = this.#parts
    for (const place of this.#place ? [this.#place] : PLACES) {
      const directory = join(root, place.directory(id))
      try {
        const usage = await readFile(join(directory, place.usage), 'latin1')
        const stat = await readFile(join(directory, 'memory.stat'), 'latin1')
        this.#place = place
        return beyondCache(Number(usage), Number(place.cache.exec(stat)?.[1] ?? 0))
      } catch {
        // Not there, or gone since.
      }
    }
    return undefined
  }

  async #fromEngine(handle: string, asksLeft: number): Promise<number | undefined> {
    if (this.#isForbidden || asksLeft <= 0) return undefined
    try {
      const { usage, stats } = (await this.#parts.stats(handle)).memory_stats ?? {}
      if (usage === undefined) return undefined
      return beyondCache(usage, stats?.total_inactive_file ?? stats?.inactive_file ?? 0)
    } catch (error) {
      if (statusOf((error as Error).cause) === 403) this.#isForbidden = true
      return undefined
    }
  }
}

const beyondCache = (usage: number, cache: number): number => Math.max(0, usage - cache)

/** One sample, without the second that the engine otherwise waits for another one. */
export const statsOf =
  (engine: Engine): MemoryParts['stats'] =>
  (handle) =>
    engine.call(
      { doing: `read the memory of ${handle}`, ms: DOCKER_LIMITS.statsMs },
      (docker, abortSignal) =>
        // The published types do not know `one-shot`; the engine does.
        docker
          .getContainer(handle)
          .stats({ stream: false, 'one-shot': true, abortSignal } as { stream: false }),
    )

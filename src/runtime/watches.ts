/** Keeps one watch on every runtime in use, and knows which of them answer. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FunctionSpec, type RuntimeName, isExclusive } from '../domain/function.ts'
import type { InstanceId, OwnerId } from '../domain/ids.ts'
import type { Clock } from '../lib/clock.ts'
import type { Events } from '../telemetry/events.ts'
import type { Fact, Placer, Watch } from './runtime.ts'

export interface WatchesParts {
  readonly clock: Clock
  readonly events: Events
  readonly owner: OwnerId
  readonly runtimes: Readonly<Record<RuntimeName, Placer>>
  /** A file here remembers that an engine was used: what an earlier configuration left there is looked for. */
  readonly stateDir: string
  /** What instances that are not over were made from, also where the function is gone or is another by now. */
  readonly inUse: () => readonly FunctionSpec[]
  readonly sink: (runtime: RuntimeName, fact: Fact) => void
}

/** A runtime as last heard of. */
export interface Reachability {
  readonly name: RuntimeName
  readonly up: boolean
  readonly message: string
}

export class RuntimeWatches {
  readonly #parts: WatchesParts
  readonly #watches = new Map<RuntimeName, Watch>()
  readonly #status = new Map<RuntimeName, Reachability>()
  #functions: readonly FunctionSpec[] = []
  /** Runtimes that have neither told what is there nor that they are away. */
  readonly #unheard = new Set<RuntimeName>()
  #onHeard: (() => void)[] = []

  constructor(parts: WatchesParts) {
    this.#parts = parts
  }

  /** Resident bytes by instance, of those whose runtime tells. */
  async memory(): Promise<ReadonlyMap<InstanceId, number>> {
    const told = Object.values(this.#parts.runtimes).map((runtime) =>
      Promise.resolve(runtime.memory?.()),
    )
    const maps = await Promise.all(told)
    return new Map(maps.flatMap((map) => [...(map ?? [])]))
  }

  /** Watches every runtime that `functions` need, and the engine if it was ever used. */
  cover(functions: readonly FunctionSpec[]): void {
    this.#functions = functions
    const marker = join(this.#parts.stateDir, 'engine-used')
    const names = new Set(functions.map((fn) => fn.runtime))
    if (names.has('docker')) writeFileSync(marker, '')
    else if (existsSync(marker)) names.add('docker')
    for (const name of names) {
      const watch = this.#watches.get(name)
      // What a function is may have changed: an image's name, or which existing container it stands for.
      if (watch) watch.relist()
      else this.#watch(name)
    }
  }

  /** Something may have been missed: every runtime looks anew. */
  relist(): void {
    for (const watch of this.#watches.values()) watch.relist()
  }

  /** Resolves when every runtime that is watched has told what is there, or that it is away. */
  heard(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeard.push(resolve)
      this.#tellHeard()
    })
  }

  status(): readonly Reachability[] {
    return [...this.#status.values()]
  }

  /** The end, while an engine does not answer: what it runs is not lost, it waits for the next start. */
  tellLeft(): void {
    const { clock, events, runtimes } = this.#parts
    for (const { name, up } of this.#status.values()) {
      if (up || !runtimes[name].can.adopt) continue
      const message = `${name} is away: what it runs is left to the next gateway on this stateDir`
      events.emit({ k: 'notice', at: clock.wall(), level: 'warn', message })
    }
  }

  /** No fact is delivered afterwards. Idempotent. */
  close(): void {
    for (const watch of this.#watches.values()) watch.close()
    this.#watches.clear()
  }

  #watch(name: RuntimeName): void {
    const { owner, inUse, runtimes, sink } = this.#parts
    // An existing container is ours by its name alone: until its instance is over it must not become a stranger.
    const mine = (): readonly FunctionSpec[] => [
      ...this.#functions.filter((fn) => fn.runtime === name),
      ...inUse().filter((fn) => fn.runtime === name && isExclusive(fn)),
    ]
    this.#status.set(name, { name, up: false, message: 'not heard of yet' })
    this.#unheard.add(name)
    const watch = runtimes[name].watch(owner, mine, (fact) => {
      if (fact.k === 'synced') this.#heard(name, true, 'it answers')
      if (fact.k === 'lost') this.#heard(name, false, fact.cause.message)
      sink(name, fact)
      if (fact.k === 'synced' || fact.k === 'lost') {
        this.#unheard.delete(name)
        this.#tellHeard()
      }
    })
    this.#watches.set(name, watch)
  }

  #tellHeard(): void {
    if (this.#unheard.size === 0) for (const told of this.#onHeard.splice(0)) told()
  }

  #heard(runtime: RuntimeName, up: boolean, message: string): void {
    const before = this.#status.get(runtime)
    this.#status.set(runtime, { name: runtime, up, message })
    if (before?.up === up && before.message === message) return
    // One that lives in this process is never away, and not worth a line.
    if (!this.#parts.runtimes[runtime].can.adopt) return
    this.#parts.events.emit({ k: 'runtime', at: this.#parts.clock.wall(), runtime, up, message })
  }
}

/**
 * What a watch has told of each container, and which ones to look at again. Looks are few at a time, one per
 * container, and a result that something has overtaken is never told. What our own commands cause is told by their ends.
 */

import type { InstanceId } from '../../domain/ids.ts'
import type { Fact, InstanceRef, Present } from '../runtime.ts'
import { showEndpoint } from '../../domain/endpoint.ts'
import { DOCKER_LIMITS } from './limits.ts'

/** What a look at a container found; undefined: it is not there, or not ours. */
export type Look = (id: string) => Promise<Fact | undefined>

export interface LedgerParts {
  readonly look: Look
  readonly sink: (fact: Fact) => void
  /** A look failed. */
  readonly failed: (error: unknown) => void
}

interface Told {
  readonly ref: InstanceRef
  readonly words: string
  readonly state: string
}

/** Our own commands that are out for one container. */
interface Hold {
  count: number
  readonly expected: Set<string>
  /** Something happened that none of them causes. */
  surprised: boolean
}

export class Ledger {
  readonly #parts: LedgerParts
  readonly #told = new Map<string, Told>()
  /** Containers to look at, as many as there are. */
  readonly #due = new Set<string>()
  readonly #looking = new Map<string, { overtaken: boolean }>()
  readonly #holds = new Map<string, Hold>()
  #emptied: (() => void)[] = []
  /** To be told once more although nothing has changed. */
  #retell = new Set<string>()
  #closed = false

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  has(id: string): boolean {
    return this.#told.has(id)
  }

  /** The container that was last told of for the instance. */
  refOf(instance: InstanceId): InstanceRef | undefined {
    for (const { ref } of this.#told.values()) if (ref.instance === instance) return ref
    return undefined
  }

  /** Takes in a whole list: what is not in it is gone, everything in it is told, also what has not changed. */
  async sync(ids: readonly string[]): Promise<void> {
    const there = new Set(ids)
    for (const id of this.#told.keys()) if (!there.has(id)) this.gone(id)
    this.#retell = there
    for (const id of there) this.mark(id)
    await this.#empty()
  }

  /** Takes in a later list: looks where something may have been missed. What runs may be another run by now. */
  relist(listed: readonly { readonly id: string; readonly state: string }[]): void {
    const there = new Set(listed.map(({ id }) => id))
    for (const id of this.#told.keys()) if (!there.has(id)) this.gone(id)
    for (const { id, state } of listed) {
      if (state === 'running' || state === 'paused' || this.#told.get(id)?.state !== state)
        this.mark(id)
    }
  }

  /** The engine says that `action` happened to it. */
  event(id: string, action: string): void {
    const hold = this.#holds.get(id)
    if (!hold) return this.mark(id)
    if (!hold.expected.has(action)) hold.surprised = true
  }

  /** Something may have happened to it. */
  mark(id: string): void {
    if (this.#closed || this.#holds.has(id)) return
    this.#due.add(id)
    this.#pump()
  }

  /** Something may have happened to any of them. */
  markAll(): void {
    for (const id of this.#told.keys()) this.mark(id)
  }

  /** It no longer exists. */
  gone(id: string): void {
    const told = this.#told.get(id)
    this.#due.delete(id)
    this.#told.delete(id)
    this.#overtake(id)
    if (told) this.#say({ k: 'gone', ref: told.ref })
  }

  /** A command of ours begins; `expected` are the events that it causes. */
  begin(id: string, expected: readonly string[]): void {
    const hold = this.#holds.get(id) ?? { count: 0, expected: new Set<string>(), surprised: false }
    hold.count += 1
    for (const action of expected) hold.expected.add(action)
    this.#holds.set(id, hold)
    this.#due.delete(id)
    this.#overtake(id)
  }

  /** It has ended; without a fact, or after a surprise, the container is looked at. */
  end(id: string, fact: Fact | undefined): void {
    const hold = this.#holds.get(id)
    if (!hold) return
    hold.count -= 1
    if (hold.count === 0) this.#holds.delete(id)
    if (fact) this.tell(id, fact)
    if (!fact || hold.surprised) this.mark(id)
  }

  /** Says what was found, unless it was said before. */
  tell(id: string, fact: Fact): void {
    if (fact.k === 'gone') return this.gone(id)
    if (fact.k !== 'present') return
    const words = wordsOf(fact)
    if (!this.#retell.delete(id) && this.#told.get(id)?.words === words) return
    this.#told.set(id, { ref: fact.ref, words, state: fact.phase })
    this.#say(fact)
  }

  close(): void {
    this.#closed = true
    this.#due.clear()
    this.#settle()
  }

  /** Drops what is due: the engine is away, and a whole list will follow. */
  forget(): void {
    this.#due.clear()
    this.#settle()
  }

  #say(fact: Fact): void {
    if (!this.#closed) this.#parts.sink(fact)
  }

  #overtake(id: string): void {
    const look = this.#looking.get(id)
    if (look) look.overtaken = true
  }

  #pump(): void {
    for (const id of this.#due) {
      if (this.#looking.size >= DOCKER_LIMITS.inspectsMax) return
      if (this.#looking.has(id)) continue
      this.#due.delete(id)
      void this.#look(id)
    }
  }

  async #look(id: string): Promise<void> {
    const look = { overtaken: false }
    this.#looking.set(id, look)
    try {
      const fact = await this.#parts.look(id)
      if (look.overtaken) this.#due.add(id)
      else if (fact) this.tell(id, fact)
      else this.gone(id)
    } catch (error) {
      if (!this.#closed) this.#parts.failed(error)
    } finally {
      this.#looking.delete(id)
      // While a command of ours is out its end tells.
      if (this.#closed || this.#holds.has(id)) this.#due.delete(id)
      this.#pump()
      this.#settle()
    }
  }

  #empty(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#emptied.push(resolve)
    this.#settle()
    return promise
  }

  #settle(): void {
    if (this.#due.size > 0 || this.#looking.size > 0) return
    for (const resolve of this.#emptied.splice(0)) resolve()
  }
}

/** What makes a fact worth telling again. */
const wordsOf = ({ phase, run, revision, running, outdated = false }: Present): string =>
  [phase, run, revision, running ? showEndpoint(running.endpoint) : '', outdated].join(' ')

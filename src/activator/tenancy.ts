/** One function's part in the budget of the host: what it takes of it, what it lacks, and what of it may end for others. */

import { type Share, memoryOf } from '../domain/eviction.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { State } from '../domain/state.ts'
import type { Budget, Idle, Tenant } from './budget.ts'
import type { Instance } from './instance.ts'
import type { Roster } from './roster.ts'
import type { Waiters } from './waiters.ts'

export interface TenancyParts {
  readonly budget: Budget
  readonly roster: Roster
  readonly waiters: Waiters
  /** Starts that wait for a permit: each has its place already. */
  readonly startsWaiting: () => number
  readonly now: () => {
    readonly fn: FunctionSpec
    /** Nothing of it may end for others: it is closing, or its runtime does not answer. */
    readonly fixed: boolean
  }
  readonly look: () => void
  readonly turnAway: () => unknown
}

const LEAVING: ReadonlySet<State> = new Set(['draining', 'stopping'])

export class Tenancy implements Tenant {
  readonly #parts: TenancyParts

  constructor(parts: TenancyParts) {
    this.#parts = parts
  }

  /** Lacks room, or did when it was decided last. */
  get isInLine(): boolean {
    return this.#parts.budget.isWanted(this)
  }

  since(): number {
    return this.#parts.waiters.oldestSince ?? Infinity
  }

  look(): void {
    this.#parts.look()
  }

  turnAway(): void {
    this.#parts.turnAway()
  }

  /** How many instances the host has room for, with what this function occupies counted exactly. `first`: before the line. */
  room(as: 'first' | 'in line' = 'in line'): number {
    const { fn } = this.#parts.now()
    this.tell()
    return isManaged(fn) ? this.#parts.budget.room(this, this.#memory(fn), as) : Infinity
  }

  /** It lacks room for so many. */
  demand(instances: number): void {
    this.#parts.budget.demand(this, instances, this.#memory(this.#parts.now().fn))
  }

  /** What it occupies, told to the host. */
  tell(): void {
    const { budget, roster, startsWaiting, now } = this.#parts
    const { fn } = now()
    if (!isManaged(fn)) return
    const waiting = startsWaiting()
    const all = this.#share(roster.occupying)
    const leaving = this.#share(roster.occupying.filter((i) => LEAVING.has(i.state)))
    const places = { instances: waiting, memory: waiting * this.#memory(fn) }
    budget.occupy(this, {
      all: {
        instances: all.instances + places.instances,
        memory: all.memory + places.memory,
      },
      leaving,
    })
  }

  /** Those without an exchange, beyond the minimum; none while somebody waits for this function. */
  idle(): readonly Idle[] {
    const { roster, waiters, now } = this.#parts
    const { fn, fixed } = now()
    if (fixed || waiters.size > 0) return []
    const idle = roster.occupying
      .filter((i) => isEvictable(i))
      .toSorted((a, b) => a.usefulAt - b.usefulAt)
    const busy = roster.occupying.filter((i) => i.state === 'ready' && i.inFlight > 0).length
    const kept = Math.max(0, fn.instances.min - busy)
    return idle.slice(0, Math.max(0, idle.length - kept)).map((i) => ({
      priority: fn.priority,
      paused: i.state === 'paused',
      lastUsed: i.usefulAt,
      memory: this.#memory(i.fn),
      evict: () => {
        if (isEvictable(i)) i.deliver('Evicted')
      },
    }))
  }

  #memory(fn: FunctionSpec): number {
    return memoryOf(fn, this.#parts.budget.limits.memoryEach)
  }

  #share(instances: readonly Instance[]): Share {
    return {
      instances: instances.length,
      memory: instances.reduce((sum, i) => sum + this.#memory(i.fn), 0),
    }
  }
}

/** A server that runs anyway takes nothing of the budget. */
const isManaged = ({ runtime }: FunctionSpec): boolean => runtime !== 'static'

const isEvictable = (i: Instance): boolean =>
  (i.state === 'ready' || i.state === 'paused') && i.inFlight === 0

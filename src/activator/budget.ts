/**
 * The room of the host: how many instances and how much memory all functions share. Who finds none waits in line by the
 * age of its oldest waiter; what is free goes to the first in the line, and what is idle elsewhere ends for it.
 */

import {
  type Evictable,
  NOTHING,
  type Share,
  enough,
  fitting,
  inOrder,
  minus,
  plus,
} from '../domain/eviction.ts'
import type { Bytes } from '../domain/function.ts'
import type { BudgetStatus } from '../domain/status.ts'
import type { Clock } from '../lib/clock.ts'

export interface BudgetLimits {
  /** Instances that run or are on their way, over all functions. */
  readonly instancesTotal: number
  /** What they may hold together; `Infinity` where nothing is said. */
  readonly memoryTotal: Bytes
  /** What one without a limit of its own counts as. */
  readonly memoryEach: Bytes
  /** What becomes of those who wait when nothing can make room. */
  readonly whenFull: 'wait' | 'refuse'
}

/** An instance that may end to make room. */
export interface Idle extends Evictable {
  evict(): void
}

/** A function as the host sees it. */
export interface Tenant {
  /** Since when somebody waits for it, monotonic ms; Infinity: nobody does. */
  since(): number
  /** What nobody uses of it. */
  idle(): readonly Idle[]
  /** Decides anew. */
  look(): void
  /** Nothing can make room for it now. */
  turnAway(): void
}

/** What a tenant has, and the part of it that is on its way out. */
export interface Usage {
  readonly all: Share
  readonly leaving: Share
}

interface Demand {
  readonly order: number
  readonly instances: number
  readonly memory: Bytes
}

export class Budget {
  readonly #clock: Clock
  readonly #usage = new Map<Tenant, Usage>()
  readonly #demands = new Map<Tenant, Demand>()
  /** Those who wait for nothing to be started, or for room that nobody else wants. */
  readonly #patient = new Set<() => void>()
  #limits: BudgetLimits
  #used: Share = NOTHING
  #leaving: Share = NOTHING
  #order = 0
  #turnAsked = false
  #lookAsked = false

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  get limits(): BudgetLimits {
    return this.#limits
  }

  get used(): Share {
    return this.#used
  }

  status(): BudgetStatus {
    const { instancesTotal, memoryTotal } = this.#limits
    return {
      instances: this.#used.instances,
      instancesMax: instancesTotal,
      memoryBytes: this.#used.memory,
      ...(memoryTotal < Infinity && { memoryMaxBytes: memoryTotal }),
      waiting: this.#demands.size,
    }
  }

  reconfigure(limits: BudgetLimits): void {
    this.#limits = limits
    this.retry()
  }

  /** What `tenant` has running or on its way now. */
  occupy(tenant: Tenant, usage: Usage): void {
    const before = this.#usage.get(tenant)
    this.#used = minus(plus(this.#used, usage.all), before?.all ?? NOTHING)
    this.#leaving = minus(plus(this.#leaving, usage.leaving), before?.leaving ?? NOTHING)
    if (usage.all.instances > 0) this.#usage.set(tenant, usage)
    else this.#usage.delete(tenant)
    const isLess =
      usage.all.instances < (before?.all.instances ?? 0) ||
      usage.all.memory < (before?.all.memory ?? 0)
    if (isLess) this.retry()
    this.fellIdle()
  }

  /** Something may be idle that was not: for those in the line it may end. */
  fellIdle(): void {
    if (this.#demands.size > 0) this.#askTurn()
  }

  /** How many instances of `memory` bytes `tenant` may start: what those before it in the line want is theirs. */
  room(tenant: Tenant, memory: Bytes, as: 'first' | 'in line'): number {
    let free = this.#free
    if (as === 'first') return fitting(free, memory)
    for (const [other, { instances, memory: each }] of this.#demands)
      if (other !== tenant && this.#isBefore(other, tenant))
        free = minus(free, { instances, memory: instances * each })
    return fitting(free, memory)
  }

  /** It lacks room for so many instances of `memory` bytes; 0: for none. */
  demand(tenant: Tenant, instances: number, memory: Bytes): void {
    const known = this.#demands.get(tenant)
    if (instances === 0) {
      // Whoever stood behind it may go on.
      if (this.#demands.delete(tenant)) this.retry()
      return
    }
    const order = known?.order ?? (this.#order += 1)
    this.#demands.set(tenant, { order, instances, memory })
    this.#askTurn()
  }

  isWanted(tenant: Tenant): boolean {
    return this.#demands.has(tenant)
  }

  /** `look` is called once, when there is room again, or nothing is started any more. */
  await(look: () => void): void {
    this.#patient.add(look)
  }

  /** Something has become free: everybody looks again, in the order of the line. */
  retry(): void {
    if (this.#demands.size + this.#patient.size === 0) return
    this.#lookAsked = true
    this.#askTurn()
  }

  get #free(): Share {
    const { instancesTotal, memoryTotal } = this.#limits
    return minus({ instances: instancesTotal, memory: memoryTotal }, this.#used)
  }

  /** The line: by who has waited longest, then by who came to it first. */
  #isBefore(a: Tenant, b: Tenant): boolean {
    const [sinceA, sinceB] = [a.since(), b.since()]
    if (sinceA !== sinceB) return sinceA < sinceB
    return this.#orderOf(a) < this.#orderOf(b)
  }

  #orderOf(tenant: Tenant): number {
    return this.#demands.get(tenant)?.order ?? Infinity
  }

  #askTurn(): void {
    if (this.#turnAsked) return
    this.#turnAsked = true
    this.#clock.turn(() => {
      this.#turnAsked = false
      if (this.#lookAsked) this.#lookAll()
      this.#makeRoom()
    })
  }

  #lookAll(): void {
    this.#lookAsked = false
    for (const tenant of this.#line()) tenant.look()
    const patient = [...this.#patient]
    this.#patient.clear()
    for (const look of patient) look()
  }

  #line(): readonly Tenant[] {
    return [...this.#demands.keys()].toSorted((a, b) => (this.#isBefore(a, b) ? -1 : 1))
  }

  /** Ends what is idle for those in the line, first come first; whoever it does not suffice for may be turned away. */
  #makeRoom(): void {
    if (this.#demands.size === 0) return
    const owners = [...this.#usage.keys()]
    const ordered = inOrder(
      owners.flatMap((owner) => owner.idle().map((one) => ({ owner, one, ...one }))),
    )
    let coming = plus(this.#free, this.#leaving)
    const chosen = new Set<(typeof ordered)[number]>()
    const turnedAway: Tenant[] = []
    for (const tenant of this.#line()) {
      const { instances = 0, memory = 0 } = this.#demands.get(tenant) ?? {}
      for (let count = 1; count <= instances; count += 1) {
        const wanted = { instances: 1, memory }
        // What serves ends for others, and not for what is to take its place.
        const others = ordered.filter((idle) => idle.owner !== tenant && !chosen.has(idle))
        const found = turnedAway.length === 0 ? enough(others, minus(wanted, coming)) : undefined
        if (!found && count === 1) turnedAway.push(tenant)
        if (!found) break
        for (const idle of found) chosen.add(idle)
        coming = minus(plus(coming, sumOf(found)), wanted)
      }
    }
    for (const idle of chosen) idle.evict()
    if (this.#limits.whenFull === 'refuse') for (const tenant of turnedAway) tenant.turnAway()
  }
}

const sumOf = (idle: readonly Evictable[]): Share =>
  idle.reduce((sum, { memory }) => plus(sum, { instances: 1, memory }), NOTHING)

/**
 * Holds requests until an instance can take them (Knative's word). The façade of the control plane: one pool per
 * function, facts from the runtimes in, leases out. Does no I/O of its own.
 */

import type { Contract } from '../contract/contract.ts'
import type {
  Admission,
  Lease,
  Refusal,
  Ticket,
  Waiter,
  WakeProgress,
} from '../domain/admission.ts'
import type { FunctionSpec, RuntimeName } from '../domain/function.ts'
import type { FunctionId, InstanceId } from '../domain/ids.ts'
import type { Lesson } from '../domain/lesson.ts'
import type { Table } from '../domain/lifecycle.ts'
import { LIMITS } from '../domain/limits.ts'
import type { BudgetStatus, FunctionGauges, FunctionStatus } from '../domain/status.ts'
import type { Clock } from '../lib/clock.ts'
import type { Fact, Gone, Placer, Present } from '../runtime/runtime.ts'
import type { Events } from '../telemetry/events.ts'
import { Host, type HostLimits } from './host.ts'
import { KeepWarm } from './keep-warm.ts'
import { Pool } from './pool.ts'

export interface ActivatorParts {
  readonly clock: Clock
  readonly contract: Contract
  readonly events: Events
  readonly runtimes: Readonly<Partial<Record<RuntimeName, Placer>>>
  readonly limits: HostLimits
  /** What an earlier process learnt. */
  readonly lessons?: ReadonlyMap<FunctionId, Lesson>
  readonly newId: (fn: FunctionSpec) => InstanceId
  /** The life-cycle table; given only by tests. */
  readonly table?: Table
}

export class Activator implements Admission {
  readonly #parts: ActivatorParts
  readonly #host: Host
  readonly #pools = new Map<FunctionId, Pool>()
  /** Pools of functions that were removed, until their last instance is gone. */
  readonly #leaving = new Map<Pool, FunctionId>()
  /** Runtimes that do not answer now. */
  readonly #away = new Set<RuntimeName>()
  /** Handles of instances without a function that are being removed. */
  readonly #strays = new Set<string>()
  readonly #specs = new Map<FunctionId, FunctionSpec>()
  readonly #warmth: KeepWarm
  #onEmpty: (() => void) | undefined
  #closing = false

  constructor(parts: ActivatorParts) {
    this.#parts = parts
    this.#host = new Host(parts.limits, parts.clock, parts.lessons)
    this.#warmth = new KeepWarm(parts.clock, (id) => {
      const fn = this.#specs.get(id)
      if (fn) this.#pools.get(id)?.update(this.#warmth.applied(fn))
    })
    for (const runtime of Object.values(parts.runtimes))
      if (runtime.can.adopt) this.#away.add(runtime.name)
  }

  take(fn: FunctionId): Lease | undefined {
    return this.#pools.get(fn)?.take()
  }

  hold(fn: FunctionId, waiter: Waiter): Ticket | Refusal {
    if (this.#closing) return { code: 'CLOSING', retryAfterMs: LIMITS.fullRetryMs }
    const pool = this.#pools.get(fn)
    if (!pool) return { code: 'FUNCTION_REMOVED' }
    return pool.reception.hold(waiter, () => this.#noRoom(pool))
  }

  rouse(fn: FunctionId, waiter: Waiter): WakeProgress | 'serving' | Refusal {
    if (this.#closing) return { code: 'CLOSING', retryAfterMs: LIMITS.fullRetryMs }
    return this.#pools.get(fn)?.reception.rouse(waiter) ?? { code: 'FUNCTION_REMOVED' }
  }

  progress(fn: FunctionId): WakeProgress | undefined {
    return this.#pools.get(fn)?.reception.progress()
  }

  /** The functions as they are declared now: new ones get a pool, changed ones keep theirs, the others go. */
  apply(functions: readonly FunctionSpec[], limits: HostLimits): void {
    this.#host.reconfigure(limits)
    const names = new Set(functions.map((fn) => fn.id))
    for (const [id, pool] of this.#pools) if (!names.has(id)) this.#drop(id, pool)
    for (const fn of functions) this.#set(fn)
  }

  /** What instances that are not over were made from, also where the function is gone or is another by now. */
  get specsInUse(): readonly FunctionSpec[] {
    return [...this.#pools.values(), ...this.#leaving.keys()].flatMap((pool) => pool.specs)
  }

  /** Facts of one runtime. */
  fact(runtime: RuntimeName, fact: Fact): void {
    if (fact.k === 'synced' || fact.k === 'lost')
      return this.#runtimeAway(runtime, fact.k === 'lost')
    // An instance of a removed function stays with the pool that ends it, also when the name is in use again.
    for (const [leaving, id] of this.#leaving)
      if (id === fact.ref.fn && leaving.knows(fact.ref.instance)) return leaving.fact(fact)
    const pool = this.#pools.get(fact.ref.fn)
    if (pool) pool.fact(fact)
    else this.#stray(runtime, fact)
  }

  wake(fn: FunctionId): boolean {
    this.#pools.get(fn)?.wake()
    return this.#pools.has(fn)
  }

  /**
   * Keeps an instance awake for `forMs` from now on; 0 ends it. Undefined: no such function; false: it runs anyway.
   */
  warm(fn: FunctionId, forMs: number): boolean | undefined {
    const spec = this.#specs.get(fn)
    if (!spec) return undefined
    if (spec.runtime === 'static') return false
    if (forMs > 0) this.#warmth.keep(fn, forMs)
    else this.#warmth.end(fn)
    if (forMs > 0) this.wake(fn)
    return true
  }

  /** Undefined: no such function; false: it has no pause tier. What was to be kept warm no longer is. */
  pause(fn: FunctionId): boolean | undefined {
    this.#warmth.end(fn)
    return this.#pools.get(fn)?.pause()
  }

  /** What was to be kept warm no longer is. */
  stop(fn: FunctionId): boolean {
    this.#warmth.end(fn)
    this.#pools.get(fn)?.stop()
    return this.#pools.has(fn)
  }

  status(): readonly FunctionStatus[] {
    return [...this.#pools].map(([id, pool]) => ({
      ...pool.status(),
      warmUntil: this.#warmth.until(id),
    }))
  }

  /** What is learnt of functions, to be given to the next process. */
  lessons(): ReadonlyMap<FunctionId, Lesson> {
    return new Map(this.#host.lessons.all())
  }

  budget(): BudgetStatus {
    return this.#host.budget.status()
  }

  /** Made one by one, as they are asked for. */
  *gauges(): Generator<FunctionGauges> {
    for (const pool of this.#pools.values()) yield pool.gauges()
  }

  /** Drains and ends every instance, those of the runtimes in `leave` left as they are. Resolves when the last one is gone. */
  close(leave: ReadonlySet<RuntimeName> = new Set()): Promise<void> {
    this.#closing = true
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
    for (const [id, pool] of this.#pools) {
      const runtime = this.#specs.get(id)?.runtime
      if (runtime && leave.has(runtime)) this.#leave(id, pool)
      else this.#drop(id, pool)
    }
    this.#checkEmpty()
    return empty
  }

  /** Its instances go on without us. */
  #leave(id: FunctionId, pool: Pool): void {
    this.#pools.delete(id)
    pool.reception.refuseAll({ code: 'CLOSING' })
  }

  #set(fn: FunctionSpec): void {
    const known = this.#pools.get(fn.id)
    const before = this.#specs.get(fn.id)
    // Another runtime is another world: what runs there ends there.
    if (known && before?.runtime !== fn.runtime) this.#drop(fn.id, known)
    this.#specs.set(fn.id, fn)
    const pool = this.#pools.get(fn.id)
    if (pool) return pool.update(this.#warmth.applied(fn))
    const placer = this.#parts.runtimes[fn.runtime]
    if (!placer) throw new Error(`no runtime ${fn.runtime} for ${fn.id}`)
    const { clock, contract, events, newId, table } = this.#parts
    const made: Pool = new Pool({
      fn,
      placer,
      clock,
      contract,
      events,
      newId,
      table,
      host: this.#host,
      emptied: () => this.#emptied(made, fn.id),
    })
    this.#pools.set(fn.id, made)
    made.away(this.#isHeldUp(fn))
  }

  #drop(id: FunctionId, pool: Pool): void {
    this.#pools.delete(id)
    this.#specs.delete(id)
    this.#warmth.end(id)
    this.#leaving.set(pool, id)
    pool.close({ code: this.#closing ? 'CLOSING' : 'FUNCTION_REMOVED' })
  }

  #emptied(pool: Pool, id: FunctionId): void {
    this.#leaving.delete(pool)
    const next = this.#specs.get(id)
    if (next) this.#pools.get(id)?.away(this.#isHeldUp(next))
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    if (this.#closing && this.#pools.size === 0 && this.#leaving.size === 0) this.#onEmpty?.()
  }

  /** When all places are taken, the function that holds most gives one up; is it the one that asks, that is refused. */
  #noRoom(asking: Pool): Refusal | undefined {
    if (!this.#host.isHoldingFull) return undefined
    const full: Refusal = { code: 'GATEWAY_FULL', retryAfterMs: LIMITS.fullRetryMs }
    let most = asking
    for (const pool of this.#pools.values())
      if (pool.reception.waiting > most.reception.waiting) most = pool
    if (most === asking) return full
    most.reception.refuseNewest(full)
    return undefined
  }

  #runtimeAway(runtime: RuntimeName, away: boolean): void {
    if (away) this.#away.add(runtime)
    else this.#away.delete(runtime)
    for (const [id, pool] of this.#pools) {
      const fn = this.#specs.get(id)
      if (fn?.runtime === runtime) pool.away(this.#isHeldUp(fn))
    }
  }

  /** Its runtime does not answer; or what must not overlap has not ended in the pool that is leaving. */
  #isHeldUp(fn: FunctionSpec): boolean {
    if (this.#away.has(fn.runtime)) return true
    return fn.rollout === 'replace' && [...this.#leaving.values()].includes(fn.id)
  }

  /** An instance of ours whose function is gone: an earlier configuration left it. */
  #stray(runtime: RuntimeName, fact: Present | Gone): void {
    const placer = this.#parts.runtimes[runtime]
    const { ref } = fact
    if (fact.k === 'gone' || !placer || this.#strays.has(ref.handle)) return
    this.#strays.add(ref.handle)
    void placer
      .stop(ref, LIMITS.strayGraceMs)
      .then(() => placer.remove(ref))
      .catch((error: unknown) => {
        const message = `${ref.handle} of the removed function ${ref.fn} could not be removed: ${String(error)}`
        this.#parts.events.emit({
          k: 'notice',
          at: this.#parts.clock.wall(),
          level: 'warn',
          message,
        })
      })
      .finally(() => this.#strays.delete(ref.handle))
  }
}

/**
 * The instances of one function and those who wait for one. Looking and taking happen in one synchronous
 * turn; after every event the pool decides anew for its waiters.
 */

import type { Refusal } from '../domain/admission.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { InstanceId } from '../domain/ids.ts'
import type { EventName, State } from '../domain/state.ts'
import { retiring } from '../domain/rollout.ts'
import { select } from '../domain/selection.ts'
import type { FunctionGauges, PoolStatus } from '../domain/status.ts'
import type { Gone, Present } from '../runtime/runtime.ts'
import type { Events } from '../telemetry/events.ts'
import type { World } from './commands.ts'
import { adoptFact, applyFact } from './facts.ts'
import { type Failure, refusalOf } from './failure.ts'
import { grant } from './granting.ts'
import type { Host } from './host.ts'
import type { Home } from './home.ts'
import { Instance } from './instance.ts'
import { InstanceLease } from './lease.ts'
import { PoolRecord } from './pool-record.ts'
import { Reception } from './reception.ts'
import { Roster } from './roster.ts'
import { Scaler } from './scaler.ts'
import { Tenancy } from './tenancy.ts'
import { Waiters } from './waiters.ts'

export interface PoolParts extends World {
  readonly fn: FunctionSpec
  readonly host: Host
  readonly events: Events
  /** Makes names for instances. */
  readonly newId: (fn: FunctionSpec) => InstanceId
  /** Called once, when a closed pool has nothing left. */
  readonly emptied: () => void
}

export class Pool implements Home {
  readonly reception: Reception
  readonly #parts: PoolParts
  readonly #roster: Roster
  readonly #waiters: Waiters
  readonly #scaler: Scaler
  readonly #tenancy: Tenancy
  readonly #record: PoolRecord
  #fn: FunctionSpec
  /** Ready instances that new leases may go to: of the current revision, or of an older one while there is none. */
  #leasable: readonly Instance[] = []
  #closing: Refusal | undefined
  /** The runtime does not answer, or has not told yet what is there. */
  runtimeAway: boolean
  #pauseTierOff = false
  /** Instances that have ended and are being removed. */
  #removing = 0
  #settling = false
  #unsettled = false
  #turnAsked = false

  constructor(parts: PoolParts) {
    this.#parts = parts
    this.#fn = parts.fn
    this.#roster = new Roster(parts.fn)
    this.runtimeAway = parts.placer.can.adopt
    this.#record = new PoolRecord(parts.fn, parts.events, parts.clock)
    this.#waiters = new Waiters(parts.clock, this.#record, (by) => {
      parts.host.waiting(by)
      const isAsking = this.#scaler.startsWaiting > 0 || this.#tenancy.isInLine
      if (by < 0 && !this.wanted && isAsking) this.#askTurn()
    })
    const own = { roster: this.#roster, waiters: this.#waiters, record: this.#record }
    this.#tenancy = new Tenancy({
      budget: parts.host.budget,
      ...own,
      startsWaiting: () => this.#scaler.startsWaiting,
      now: () => ({ fn: this.#fn, fixed: this.#closing !== undefined || this.runtimeAway }),
      look: () => this.#settle(),
      turnAway: () => this.#serving() || this.reception.turnAway(),
    })
    this.#scaler = new Scaler({
      host: parts.host,
      clock: parts.clock,
      ...own,
      make: () => this.#instance(parts.newId(this.#fn), this.#fn),
      tenancy: this.#tenancy,
      look: () => this.#settle(),
    })
    this.reception = new Reception({
      ...own,
      scaler: this.#scaler,
      now: () => ({
        fn: this.#fn,
        closing: this.#closing,
        away: this.runtimeAway,
        isAwake: this.#leasable.length > 0,
        isInLine: this.#tenancy.isInLine,
      }),
      askTurn: () => this.#askTurn(),
    })
  }

  get stopAfterMs(): number {
    return this.#scaler.habit.stopAfterMs
  }
  get wanted(): boolean {
    return this.#waiters.size > 0
  }
  get pauseTier(): boolean {
    const { can } = this.#parts.placer
    return can.pause && !this.#pauseTierOff && this.#fn.idle.pauseAfterMs < Infinity
  }

  /** A lease at once, unless others wait already. */
  take(): InstanceLease | undefined {
    if (this.#waiters.size > 0) return undefined
    const instance = select(this.#leasable, this.#fn.select)
    if (instance && this.#scaler.taken(this.#fn)) this.#askTurn()
    return instance && new InstanceLease(instance, this.#fn, 'warm')
  }

  /** A reload: waiters stay, instances stay unless the revision changed. */
  update(fn: FunctionSpec): void {
    if (fn.revision !== this.#fn.revision) this.#record.revised(fn.revision)
    this.#fn = fn
    this.#roster.declare(fn)
    for (const i of this.#roster.all) if (this.#roster.isCurrent(i)) i.declare(fn)
    this.#settle()
  }

  /** Refuses all waiters and drains every instance; `emptied` tells the end. */
  close(refusal: Refusal): void {
    this.#closing = refusal
    this.#waiters.refuseAll(refusal)
    this.#settle()
  }

  wake(): void {
    this.#record.woke('operator')
    this.#scaler.calledFor = this.#roster.ready.length === 0
    this.#settle()
  }

  /** Pauses what is idle; false where the tier is not available. */
  pause(): boolean {
    if (!this.pauseTier) return false
    for (const i of this.#roster.all)
      if (i.state === 'ready' && i.inFlight === 0) i.deliver('IdleExpired')
    return true
  }

  /** Drains every instance. */
  stop(): void {
    for (const i of this.#roster.occupying) i.deliver('DrainRequested')
  }

  /** Of the runtime, until it has told everything. */
  away(away: boolean): void {
    this.runtimeAway = away
    this.#settle()
  }

  fact(fact: Present | Gone): void {
    const known = this.#roster.find(fact.ref.instance)
    if (!known) return fact.k === 'present' ? this.#adopt(fact) : undefined
    if (fact.k === 'present' && this.#roster.outdate(known, fact.outdated)) this.#settle()
    applyFact(known, fact)
  }

  /** What its instances were made from. */
  get specs(): readonly FunctionSpec[] {
    return this.#roster.all.map(({ fn }) => fn)
  }

  knows(id: InstanceId): boolean {
    return this.#roster.find(id) !== undefined || this.#roster.isUndone(id)
  }

  status(): PoolStatus {
    return this.#record.status({
      fn: this.#fn,
      instances: this.#roster.all,
      waiters: this.#waiters.size,
      pauseTier: this.#pauseTierOff ? 'off' : 'on',
      windows: this.#scaler.habit.windows,
    })
  }

  gauges(): FunctionGauges {
    const { all: instances, inFlight } = this.#roster
    const { backoffMs } = this.#record
    return { id: this.#fn.id, instances, inFlight, waiters: this.#waiters.size, backoffMs }
  }

  changed(instance: Instance, from: State, event: EventName): void {
    if (instance.state !== from) this.#record.moved(instance, from, event)
    if (instance.state !== from) this.#scaler.left(instance, from)
    if (instance.state === 'ready' && from !== 'ready') this.#scaler.calledFor = false
    if (instance.state === 'stopped') this.#forget(instance)
    this.#settle()
  }

  freed(instance: Instance): void {
    this.#parts.host.budget.fellIdle()
    const isNews = this.#scaler.freed() || instance.state !== 'ready' || this.#unsettled
    if (isNews || this.#waiters.size > 0) this.#settle()
  }

  failed(instance: Instance, failure: Failure): void {
    this.#scaler.calledFor = false
    const engineAway = failure.reason === 'engine_away'
    const charged = this.#roster.isCurrent(instance) && !engineAway
    const backoffMs = this.#record.failed(instance, failure, { charged })
    if (charged) this.#scaler.withdraw()
    if (engineAway || this.#serving(instance)) return
    this.#waiters.refuseAll(refusalOf(failure, backoffMs))
  }

  alarm(instance: Instance, what: string): void {
    this.#record.alarm(instance.id, what)
  }

  pauseTierOff(): void {
    this.#pauseTierOff = true
  }

  atMinimum(instance: Instance): boolean {
    const min = this.#roster.keptAwake(instance, this.#tenancy.room())
    return !this.#closing && this.#roster.leasable().length <= min
  }

  isKept(instance: Instance, as: 'spare' | 'prepared'): boolean {
    return !this.#closing && this.#roster.isCurrent(instance) && this.#scaler.keeps(as)
  }

  #settle(): void {
    if (this.#settling) return void (this.#unsettled = true)
    this.#settling = true
    try {
      do {
        this.#unsettled = false
        this.#leasable = this.#roster.leasable()
        if (grant(this.#waiters, this.#leasable, this.#fn) === 'more') this.#askTurn()
        this.#retire()
        if (this.#closing) this.#scaler.close()
        else this.#scaler.scale(this.#fn, this.runtimeAway)
      } while (this.#unsettled)
    } finally {
      this.#settling = false
    }
    this.#tenancy.tell()
    if (this.#closing && this.#roster.all.length === 0 && this.#removing === 0)
      this.#parts.emptied()
  }

  /** A closed pool is empty only when what is left in the world is removed too. */
  #forget(instance: Instance): void {
    void this.#roster.remove(instance, this.#parts).then((left) => left && this.fact(left))
    this.#removing += 1
    void instance.commands.removed.then(() => {
      this.#removing -= 1
      this.#roster.answered(instance)
      if (this.#closing) this.#settle()
    })
  }

  #askTurn(): void {
    if (this.#turnAsked) return
    this.#turnAsked = true
    this.#parts.clock.turn(() => {
      this.#turnAsked = false
      this.#settle()
    })
  }

  #retire(): void {
    const about = { rollout: this.#fn.rollout, closing: this.#closing !== undefined }
    for (const one of retiring(this.#roster.rollout(), about))
      one.instance.deliver('DrainRequested')
  }

  #adopt(fact: Present): void {
    if (this.#roster.isUndone(fact.ref.instance)) return
    const instance = this.#instance(fact.ref.instance, { ...this.#fn, revision: fact.revision })
    this.#roster.outdate(instance, fact.outdated)
    adoptFact(instance, fact)
  }

  #instance(id: InstanceId, fn: FunctionSpec): Instance {
    const { placer, contract, clock, table } = this.#parts
    const instance = new Instance({ id, fn, placer, contract, clock, table, home: this })
    this.#roster.add(instance)
    return instance
  }

  /** Whether somebody serves or is about to, `but` left out. */
  #serving(but?: Instance): boolean {
    return this.#scaler.startsWaiting > 0 || this.#roster.serves(but)
  }
}

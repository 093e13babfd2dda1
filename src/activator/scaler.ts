/** Carries out what `domain/scaling.ts` decides for one function: resumes, asks for start permits, starts. */

import type { FunctionSpec } from '../domain/function.ts'
import { LIMITS } from '../domain/limits.ts'
import {
  type ScaleSnapshot,
  instancesKept,
  isBeyondNeed,
  preparedKept,
  scale,
  startsLackingRoom,
} from '../domain/scaling.ts'
import type { State } from '../domain/state.ts'
import { isWithin, untilChangeMs } from '../domain/schedule.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { Habit } from './habit.ts'
import type { Host } from './host.ts'
import type { Instance } from './instance.ts'
import type { Pupil } from './lessons.ts'
import type { PoolRecord } from './pool-record.ts'
import type { Roster } from './roster.ts'
import { StartQueue } from './start-queue.ts'
import type { Tenancy } from './tenancy.ts'
import type { Waiters } from './waiters.ts'

export interface ScalerParts {
  readonly host: Host
  readonly clock: Clock
  readonly roster: Roster
  readonly waiters: Waiters
  readonly record: PoolRecord
  /** Makes an instance that nothing was asked of yet. */
  readonly make: () => Instance
  /** The function's part in the budget of the host. */
  readonly tenancy: Tenancy
  /** Lets the pool decide anew. */
  readonly look: () => void
}

export class Scaler {
  readonly #parts: ScalerParts
  readonly #starts: StartQueue
  readonly habit: Habit
  readonly #pupil: Pupil
  #nextLook: Timer | undefined
  /** Somebody who is not held asked for an instance; until one is ready or failed. */
  calledFor = false
  /** As of the last decision: the function as it is declared, and whether its runtime answers. */
  #decide: (hasPlace?: boolean) => ScaleSnapshot = () => {
    throw new Error('nothing was decided yet')
  }

  constructor(parts: ScalerParts) {
    this.#parts = parts
    this.habit = new Habit(parts.clock)
    this.#pupil = { record: parts.record, habit: this.habit }
    parts.host.lessons.begin(this.#pupil)
    this.#starts = new StartQueue(parts.host.permits, parts.clock)
  }

  /** Starts that wait for a permit. */
  get startsWaiting(): number {
    return this.#starts.waiting
  }

  /** `instance` is not `from` any more: when its start is over, its permit goes to the next. */
  left(instance: Instance, from: State): void {
    if (from === 'starting' || from === 'preparing') this.#starts.ended(instance)
  }

  /** Backoff begins: starts that wait for a permit are not on their way any more. */
  withdraw(): void {
    this.#starts.withdrawAll()
  }

  /** Nothing is started any more. */
  close(): void {
    this.#nextLook?.cancel()
    this.#starts.withdrawAll()
    this.#parts.tenancy.demand(0)
    this.#parts.host.lessons.end(this.#pupil)
  }

  /** Resumes and starts what the function needs now, and looks again when time alone can change the answer. */
  scale(fn: FunctionSpec, away: boolean): void {
    this.#nextLook?.cancel()
    this.#nextLook = undefined
    this.habit.declare(fn.idle)
    this.#decide = (hasPlace = false) => this.#snapshot(fn, { away, hasPlace })
    const snapshot = this.#decide()
    const { resume, startDormant, startNew, startSpare, prepare } = scale(snapshot)
    // A runtime that is away would not hear of it; what is wanted then is resumed when it is back.
    if (!away) this.#resume(resume)
    const missing = startDormant + startNew
    if (missing > 0) this.#starts.request(fn, missing, ({ queuedMs }) => this.#startOne(queuedMs))
    else if (snapshot.waiting === 0 && snapshot.min === 0) this.#starts.withdrawAll()
    const isPutOff = (startSpare > 0 && !this.#startSpare()) || (prepare > 0 && !this.#prepareOne())
    this.#starve(snapshot, isPutOff)
    this.#lookAgain(snapshot, fn)
  }

  /** Nothing is there beyond what is to be kept, running or only created: whatever ended would be made anew. */
  keeps(as: 'spare' | 'prepared'): boolean {
    const s = this.#decide()
    if (as === 'prepared') return s.dormant <= preparedKept(s)
    return s.spare > 0 && s.ready + s.arriving + s.asleep <= instancesKept(s)
  }

  /** Somebody is about to take a place at once. True: one instance more is needed from now on, and so is the next spare. */
  taken({ instances: { spare }, concurrency }: FunctionSpec): boolean {
    this.habit.arrived()
    return spare > 0 && this.#parts.roster.inFlight % concurrency === 0
  }

  /** An exchange has ended. True: it was the last one, and time alone will now change what is needed. */
  freed(): boolean {
    return this.#parts.roster.all.every((i) => i.inFlight === 0) && this.habit.fellIdle()
  }

  /** Patience, backoff, a schedule and an expectation end without an event: look again then. */
  #lookAgain(s: ScaleSnapshot, { instances: { spare, spareAt } }: FunctionSpec): void {
    const { clock } = this.#parts
    const scheduled = spare > 0 ? untilChangeMs(spareAt, clock.wall()) : Infinity
    const change = Math.min(scheduled, this.habit.untilChangeMs)
    if (s.waiting === 0 && s.min === 0 && s.spare + s.prepared === 0 && change === Infinity) return
    const impatience = s.waiting > 0 ? s.patienceMs - s.oldestWaitMs : Infinity
    const backoff = s.backingOff ? this.#parts.record.backoffMs : Infinity
    const next = Math.min(
      impatience > 0 ? impatience : Infinity,
      backoff > 0 ? backoff : LIMITS.engineRetryMs,
      change,
    )
    if (next < Infinity) this.#nextLook = this.#parts.clock.timer(next, this.#parts.look)
  }

  /** The host's total is reached, or it has other things to start: look again when something has ended. */
  #starve(s: ScaleSnapshot, isPutOff = false): void {
    const { tenancy, host, look } = this.#parts
    tenancy.demand(startsLackingRoom(s))
    const isSpareLacking = s.hostRoom === 0 && s.ready + s.arriving + s.asleep < instancesKept(s)
    if (isPutOff || isSpareLacking) host.budget.await(look)
  }

  /** False: the host has other things to start. */
  #startSpare(): boolean {
    const start = (): Instance => {
      this.#parts.record.woke('spare')
      return this.#bringUp(this.#parts.clock.now(), 0)
    }
    return this.#starts.startIdle(start, () => isBeyondNeed(this.#decide()))
  }

  /** Nobody asked: it is kept awake by its configuration or by an operator. */
  #tellMinimum(): void {
    const { record, roster, waiters } = this.#parts
    const isAsked = waiters.size > 0 || this.calledFor
    if (!isAsked && roster.leasable().length === 0) record.woke('minimum')
  }

  #resume(count: number): void {
    for (const instance of this.#parts.roster.paused().slice(0, count)) {
      this.#tellMinimum()
      instance.wake(this.#parts.waiters.oldestSince ?? this.#parts.clock.now(), 0)
      instance.deliver('Wanted')
    }
  }

  /** False: the host has other things to start. */
  #prepareOne(): boolean {
    const create = (): Instance => {
      const instance = this.#parts.make()
      instance.deliver('PrepareRequested')
      return instance
    }
    return this.#starts.startIdle(create, () => true)
  }

  /** A permit is there: the kept instance if there is one, else a new one; none when the wait has made it needless. */
  #startOne(queuedMs: number): Instance | undefined {
    // Its place on the host was taken when the permit was asked for.
    const snapshot = this.#decide(true)
    const { startDormant, startNew } = scale(snapshot)
    if (startDormant + startNew === 0) {
      this.#starve(snapshot)
      return undefined
    }
    this.#tellMinimum()
    return this.#bringUp(this.#parts.waiters.oldestSince ?? this.#parts.clock.now(), queuedMs)
  }

  /** The kept instance if there is one, else a new one. */
  #bringUp(wantedAt: number, queuedMs: number): Instance {
    const kept = this.#parts.roster.dormant()
    const instance = kept ?? this.#parts.make()
    instance.wake(wantedAt, queuedMs)
    instance.deliver(kept ? 'Wanted' : 'Created')
    return instance
  }

  #snapshot(
    fn: FunctionSpec,
    { away, hasPlace }: { away: boolean; hasPlace: boolean },
  ): ScaleSnapshot {
    const { clock, tenancy, record, roster, waiters } = this.#parts
    const scheduled = isWithin(fn.instances.spareAt, clock.wall())
    const waits = this.#starts.waiting
    const counts = roster.counts()
    return {
      ...counts,
      waiting: waiters.size,
      oldestWaitMs: waiters.oldestWaitMs(clock.now()),
      patienceMs: fn.scale.patienceMs === 'auto' ? record.medianWakeMs : fn.scale.patienceMs,
      concurrency: fn.concurrency,
      min: Math.max(fn.instances.min, this.calledFor || roster.mustMake ? 1 : 0),
      max: fn.instances.max,
      prepared: fn.instances.prepared,
      spare: Math.max(this.habit.isExpecting ? 1 : 0, scheduled ? fn.instances.spare : 0),
      arriving: counts.arriving + waits,
      backingOff: away || record.backoffMs > 0,
      hostRoom: tenancy.room(hasPlace ? 'first' : 'in line'),
    }
  }
}

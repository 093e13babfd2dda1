/**
 * One instance: the only writer of its state. Everything that happens to it comes in as an event, one at a
 * time, and goes through the table of `domain/lifecycle.ts`.
 */

import type { Contract } from '../contract/contract.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { InstanceId, RunId } from '../domain/ids.ts'
import { TABLE, type Table, transition } from '../domain/lifecycle.ts'
import { type EventName, STATES, type State } from '../domain/state.ts'
import type { View } from '../domain/guard.ts'
import { LIMITS } from '../domain/limits.ts'
import type { InstanceStatus } from '../domain/status.ts'
import { type Endpoint, showEndpoint } from '../domain/endpoint.ts'
import type { Timer } from '../lib/clock.ts'
import type { Exit } from '../runtime/runtime.ts'
import { Activity } from './activity.ts'
import { Commands, type World } from './commands.ts'
import { carryOut } from './effects.ts'
import { failureOfDeadline } from './failure.ts'
import type { Home } from './home.ts'
import type { Detail } from './subject.ts'
import { isRest, timerDelayMs } from './timing.ts'

export interface InstanceParts extends World {
  readonly id: InstanceId
  readonly fn: FunctionSpec
  readonly home: Home
}

export class Instance {
  #fn: FunctionSpec
  readonly activity: Activity
  readonly commands: Commands
  readonly #parts: InstanceParts
  readonly #table: Table
  readonly #bornAt: number
  #state: State = 'new'
  #timer: Timer | undefined
  /** Events that arrived while one was being applied. */
  #queue: Parameters<Instance['deliver']>[] = []
  #applying = false
  #found: Detail['found']
  /** The last run known to have ended: facts about it or an earlier one are old. */
  ended: RunId | undefined
  /** How the last run ended that ended by itself, where that was told. */
  exit: Exit | undefined
  /** Counts runs: a lease of an earlier run changes nothing when it is given back. */
  epoch = 0
  /** Whether the contract has said ready in this run, and no series of refused connects has put that in doubt. */
  #trust: 'unproven' | 'proven' | 'doubted' = 'unproven'
  #enteredAt = 0
  #wakeFrom = 0
  #frozenOutsideAt = -Infinity
  #pauseFailures = 0
  /** What is on its way: a start or a resume; undefined when neither. */
  #rising: 'cold' | 'resumed' | undefined
  /** How it became ready last; `queued`: it was found running. */
  readyBy: 'cold' | 'resumed' | 'queued' = 'queued'
  readyAt = -Infinity
  #refusedInRow = 0

  constructor(parts: InstanceParts) {
    this.#parts = parts
    this.#table = parts.table ?? TABLE
    this.#fn = parts.fn
    this.#bornAt = this.#enteredAt = this.#wakeFrom = parts.clock.now()
    this.activity = new Activity(parts.clock, parts.fn.idle.tunnelAfterMs)
    this.commands = new Commands(this, parts)
  }

  get fn(): FunctionSpec {
    return this.#fn
  }
  get id(): InstanceId {
    return this.#parts.id
  }
  get home(): Home {
    return this.#parts.home
  }
  get contract(): Contract {
    return this.#parts.contract
  }
  get state(): State {
    return this.#state
  }
  get run(): RunId | undefined {
    return this.commands.running?.run
  }
  get endpoint(): Endpoint | undefined {
    return this.commands.running?.endpoint
  }
  get inFlight(): number {
    return this.activity.inFlight
  }
  get pauseTier(): boolean {
    return this.#parts.home.pauseTier
  }
  get stopAfterMs(): number {
    const { policy, stopAfterMs } = this.fn.idle
    return policy === 'fixed' ? stopAfterMs : this.#parts.home.stopAfterMs
  }
  /** How many exchanges it may carry now; 0 unless ready, so that no lease can be taken while it leaves that state. */
  get concurrency(): number {
    return this.#state === 'ready' ? this.fn.concurrency : 0
  }
  get lastUsed(): number {
    return this.activity.lastUsed
  }
  /** Of use last: by an exchange, or by becoming ready for one; monotonic ms. */
  get usefulAt(): number {
    return Math.max(this.lastUsed, this.readyAt)
  }
  /** When somebody first wanted what this instance is becoming, monotonic ms: the beginning of the wake. */
  wake(wantedAt: number, queuedStartMs: number): void {
    this.#wakeFrom = wantedAt
    this.commands.phases = { ...this.commands.phases, queued_start: queuedStartMs }
  }

  /** Ms from the first wish to ready. */
  get wakeMs(): number {
    return this.readyAt - this.#wakeFrom
  }

  /**
   * Applies an event; while another one is being applied it waits its turn. The pool hears of it afterwards,
   * when nothing is being applied any more, so that a lease it takes then counts at once.
   */
  deliver(event: EventName, detail?: Detail): void {
    if (this.#applying) {
      this.#queue.push([event, detail])
      return
    }
    const from = this.#state
    this.#applying = true
    try {
      this.#apply(event, detail)
    } finally {
      this.#applying = false
    }
    if (event === 'Released' && this.#state === from) this.#parts.home.freed(this)
    else if (event !== 'Leased') this.#parts.home.changed(this, from, event)
    const next = this.#queue.shift()
    if (next) this.deliver(...next)
  }

  /** The function changed in what does not make another revision: limits and times apply from now on. */
  declare(fn: FunctionSpec): void {
    this.#fn = fn
    this.activity.tunnelAfterMs = fn.idle.tunnelAfterMs
    if (this.#state === 'ready' || this.#state === 'paused' || this.#state === 'dormant')
      this.rearm()
  }

  /** The pull is over: what remains of `starting` has the start's own deadline. */
  prepared(): void {
    if (this.#state === 'starting' || this.#state === 'preparing')
      this.#arm(this.fn.start.timeoutMs)
  }

  /** One connect was refused (or went through: `false`). After several in a row the instance is probed anew. */
  refused(yes: boolean): void {
    this.#refusedInRow = yes ? this.#refusedInRow + 1 : 0
    if (this.#refusedInRow < LIMITS.refusedMax) return
    this.#refusedInRow = 0
    if (this.#trust === 'proven') this.#trust = 'doubted'
    if (this.#state === 'ready') this.deliver('Unreachable')
  }

  status(now: number): InstanceStatus {
    return {
      id: this.id,
      state: this.#state,
      revision: this.fn.revision,
      ageMs: now - this.#bornAt,
      inFlight: this.inFlight,
      lastUsedMs: this.lastUsed === -Infinity ? undefined : now - this.lastUsed,
      endpoint: this.endpoint && showEndpoint(this.endpoint),
      run: this.run,
    }
  }

  #apply(event: EventName, detail: Detail | undefined): void {
    if (event === 'PauseFailed' || event === 'PauseExpired') this.#pauseFailures += 1
    if (event === 'Paused') this.#pauseFailures = 0
    if (event === 'Exited') this.exit = detail?.exit
    this.#found = detail?.found
    if (detail?.running && detail.running.run !== this.run) this.#overtaken()
    if (detail?.running) this.commands.running = detail.running
    const row = transition(this.#table, this.#state, event, this)
    if (!row) return this.#unknownPair(event)
    const from = this.#state
    const to = row.to === 'ended' ? this.#endedState() : row.to
    if (to !== from) this.#enter(to, event)
    for (const effect of row.do ?? []) carryOut(effect, this, detail)
  }

  /** A pair that the table does not have: a bug, kept to this one instance. */
  #unknownPair(event: EventName): void {
    const what = `no row for ${this.#state} × ${event}`
    this.home.alarm(this, what)
    if (this.#parts.table) throw new Error(what)
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    this.commands.abort(what)
    this.#enter('stopping', event)
    carryOut('stop', this, undefined)
  }

  #enter(state: State, event: EventName): void {
    const now = this.#parts.clock.now()
    this.#state = state
    this.#enteredAt = now
    // What runs anyway is not woken.
    if (state === 'starting' && this.#fn.runtime !== 'static') this.#rising = 'cold'
    if (state === 'resuming') this.#rising = 'resumed'
    if (state === 'resuming' && event === 'FrozenOutside') this.#frozenOutsideAt = now
    if (state === 'ready') {
      if (event === 'ProbePassed') this.#trust = 'proven'
      if (event === 'ProbePassed' || event === 'Resumed') {
        this.readyBy = this.#rising ?? 'queued'
        this.readyAt = now
      }
      this.#rising = undefined
      this.activity.rest()
    }
    if (state === 'dormant' || state === 'stopped') this.#endRun()
    this.#arm(timerDelayMs(state, this, now))
  }

  /** Arms the timer of the state anew, ms from now at the least. */
  rearm(leastMs = 0): void {
    this.#arm(Math.max(leastMs, timerDelayMs(this.#state, this, this.#parts.clock.now())))
  }

  /** Another run is there. The end of one before it went by unseen, and what was in flight went with it. */
  #overtaken(): void {
    this.#trust = 'unproven'
    if (!this.run) return
    this.contract.close(this.run, 'all')
    this.#endRun()
  }

  #endRun(): void {
    this.ended = this.run ?? this.ended
    this.commands.running = undefined
    this.#trust = 'unproven'
    this.#rising = undefined
    this.epoch += 1
    this.activity.reset()
  }

  #endedState(): State {
    const { placer } = this.#parts
    return placer.can.keepStopped && this.commands.ref ? 'dormant' : 'stopped'
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const timer = STATES[this.#state].timer
    if (!timer || delayMs === Infinity) return
    this.#timer = this.#parts.clock.timer(Math.max(0, delayMs), () => {
      this.#timer = undefined
      this.#expired(timer.event)
    })
  }

  #expired(event: EventName): void {
    if (event === 'PauseExpired') return void this.commands.pauseExpired()
    if (this.home.runtimeAway && isRest(event)) return this.rearm(LIMITS.rearmMs)
    // The idle timer is lazy: a lease given back writes a time, and only here is it looked at.
    const left = event === 'IdleExpired' ? timerDelayMs('ready', this, this.#parts.clock.now()) : 0
    if (left > 0) return this.#arm(left)
    const failure = failureOfDeadline(event, this.fn)
    this.deliver(event, failure && { failure })
  }

  /** What guards look at, now. */
  view(): View {
    const { home, clock } = this.#parts
    const now = clock.now()
    return {
      inFlight: this.inFlight,
      pauseTier: home.pauseTier,
      atMinimum: this.#state === 'ready' && home.atMinimum(this),
      spare: home.isKept(this, 'spare'),
      prepared: home.isKept(this, 'prepared'),
      wanted: home.wanted || this.activity.touchedSince(this.#enteredAt),
      proven: this.#trust !== 'unproven',
      doubted: this.#trust === 'doubted',
      thawedBefore: now - this.#frozenOutsideAt < LIMITS.frozenWindowMs,
      pauseFailing: this.#pauseFailures >= LIMITS.pauseFailuresMax,
      startOut: this.commands.startOut !== undefined,
      stopSpent: this.commands.stops.spent,
      young: now - this.readyAt < LIMITS.youngMs,
      found: this.#found,
    }
  }
}

/**
 * Issues the commands of one instance and turns their results into events. The result of a command is never
 * believed from its failure alone: the instance is inspected, and the state found is delivered.
 */

import type { Contract } from '../contract/contract.ts'
import type { WakePhases } from '../domain/admission.ts'
import { noPhases } from '../domain/admission.ts'
import { showEndpoint } from '../domain/endpoint.ts'
import type { Table } from '../domain/lifecycle.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import { sleep } from '../lib/clock.ts'
import {
  type Exit,
  type InstanceRef,
  type Placer,
  type Running,
  RuntimeError,
} from '../runtime/runtime.ts'
import { type Failure, failureOf } from './failure.ts'
import { type Found, foundWord, inspected } from './inspection.ts'
import { make } from './making.ts'
import { Stops } from './stops.ts'
import type { Subject } from './subject.ts'
import { verify } from './verifying.ts'

export interface World {
  readonly placer: Placer
  readonly contract: Contract
  readonly clock: Clock
  /** The life-cycle table; given only by tests, where a pair that it lacks throws. */
  readonly table?: Table | undefined
}

type StartEnd = { running: Running } | { running: Running; frozen: true } | { failure: Failure }

export class Commands {
  readonly #subject: Subject
  readonly #world: World
  #abort = new AbortController()
  /** Counts issued commands of a run: a late result of an earlier one is dropped. */
  #issued = 0
  readonly stops = new Stops()
  /** Settles when the last pause or resume has been answered and told. Never rejects. */
  moved: Promise<unknown> = Promise.resolve()
  /** What has not been answered yet: a start, or a creation alone. */
  startOut: 'start' | 'creation' | undefined
  /** Settles when what was to be removed is removed. Never rejects. */
  removed: Promise<unknown> = Promise.resolve()
  ref: InstanceRef | undefined
  running: Running | undefined
  phases: WakePhases = noPhases()

  constructor(subject: Subject, world: World) {
    this.#subject = subject
    this.#world = world
  }

  /** Ends the start or probe that is out; its result still arrives. */
  abort(reason = 'no longer wanted'): void {
    this.#abort.abort(new RuntimeError('timeout', reason))
  }

  /** Prepares, creates and starts (`fresh`), or starts the kept one. Delivers Started or StartFailed, exactly once. */
  async start(fresh: boolean): Promise<void> {
    const { signal } = this.#renew()
    this.running = undefined
    // A kept instance is neither pulled nor created again.
    this.phases = { ...noPhases(), queued_start: this.phases.queued_start }
    this.startOut = 'start'
    const end = await this.#bringUp(fresh, signal)
    this.startOut = undefined
    this.#subject.deliver('running' in end ? 'Started' : 'StartFailed', end)
    if ('frozen' in end && this.#subject.state === 'probing') this.#subject.deliver('FrozenOutside')
  }

  /** Prepares and creates, and starts nothing. Delivers Prepared or PrepareFailed, exactly once. */
  async prepare(): Promise<void> {
    const { signal } = this.#renew()
    this.startOut = 'creation'
    let failure: Failure | undefined
    try {
      this.ref = await this.#make(signal)
    } catch (error) {
      failure = failureOf(error, this.#subject.fn)
    }
    this.startOut = undefined
    this.#subject.deliver(failure ? 'PrepareFailed' : 'Prepared', failure && { failure })
  }

  #make(signal: AbortSignal): Promise<InstanceRef> {
    const abort = (reason: string): void => this.abort(reason)
    return make(this.#subject, { ...this.#world, phases: this.phases, abort, signal })
  }

  async #bringUp(fresh: boolean, signal: AbortSignal): Promise<StartEnd> {
    const { placer, clock } = this.#world
    const { fn } = this.#subject
    const { phases } = this
    let at = clock.now()
    try {
      // So that no SIGKILL of theirs can hit the new run.
      await this.stops.settled
      signal.throwIfAborted()
      if (fresh || !this.ref) this.ref = await this.#make(signal)
      at = clock.now()
      const running = await placer.start(fn, this.ref, signal)
      phases.start = clock.now() - at
      return { running }
    } catch (error) {
      const found = await this.#inspect()
      phases.start = clock.now() - at
      if (!found?.running) return { failure: failureOf(error, this.#subject.fn) }
      return found.phase === 'paused'
        ? { running: found.running, frozen: true }
        : { running: found.running }
    }
  }

  /** Delivers ProbePassed, or ProbeFailed when something else answered. The deadline is the instance's. */
  async probe(running: Running): Promise<void> {
    const { placer, contract, clock } = this.#world
    const { signal } = this.#renew()
    const from = clock.now()
    // A server that coldfront does not manage is taken as ready: whether it answers is each request's to find out.
    if (this.#subject.fn.runtime === 'static') return this.#subject.deliver('ProbePassed')
    try {
      const report = await contract.ready(running, this.#subject.fn, signal)
      await placer.vouch(running, signal)
      if (signal.aborted) return
      // Anew, since those of an earlier wake belong to the leases that were given then.
      this.phases = { ...this.phases, probe: clock.now() - from, probe_slack: report.slackMs }
      this.#subject.deliver('ProbePassed')
    } catch (error) {
      if (!signal.aborted)
        this.#subject.deliver('ProbeFailed', { failure: failureOf(error, this.#subject.fn) })
    }
  }

  /** Delivers Paused or PauseFailed with what was found. */
  pause(running: Running): void {
    this.moved = this.#pause(running, this.#begin())
  }

  async #pause(running: Running, current: () => boolean): Promise<void> {
    try {
      await this.#world.placer.pause(running)
      if (current()) return this.#subject.deliver('Paused')
    } catch {
      if (current()) return await this.#deliverFound('PauseFailed', current)
    }
    // Answered after its deadline, it may have frozen what is taken to run by now. Not awaited, since that waits for this.
    void verify(this.#subject, this)
  }

  /** The pause call hangs: look, then deliver PauseExpired with what was found. */
  async pauseExpired(): Promise<void> {
    await this.#deliverFound('PauseExpired', this.#begin())
  }

  /** Delivers Resumed or ResumeFailed. */
  resume(running: Running): void {
    this.moved = this.#resume(running, this.#begin())
  }

  async #resume(running: Running, current: () => boolean): Promise<void> {
    const { clock, contract, placer } = this.#world
    const from = clock.now()
    this.phases = noPhases()
    // Where the call takes its time, which for a mere signal it does not.
    clock.turn(() => current() && contract.expect?.(running))
    try {
      const resumed = await placer.resume(running)
      this.phases.resume = clock.now() - from
      if (current()) this.#resumed(running, resumed)
    } catch (error) {
      const found = await this.#inspect()
      if (!current()) return
      this.phases.resume = clock.now() - from
      if (found?.phase === 'running') this.#resumed(running, found.running ?? running)
      else this.#subject.deliver('ResumeFailed', { failure: failureOf(error, this.#subject.fn) })
    }
  }

  /** What was connected to an address that it has no more shall carry nothing. */
  #resumed(was: Running, running: Running): void {
    if (showEndpoint(was.endpoint) !== showEndpoint(running.endpoint))
      this.#world.contract.close(was.run, 'idle')
    this.#subject.deliver('Resumed', { running })
  }

  /** Delivers Stopped or StopFailed. Without a handle there is nothing to stop, or not yet: then the start's end will tell. */
  stop(graceMs: number): void {
    this.stops.attempts += 1
    if (!this.ref) {
      if (!this.startOut) this.#subject.deliver('Stopped')
      return
    }
    const current = this.#begin()
    const asked = this.#world.placer.stop(this.ref, graceMs)
    // Before its end is told: what is over has no stop out then.
    this.stops.note(asked)
    void this.#stopped(asked, current)
  }

  /** Stops without grace, after a pause that grows with the attempts. */
  async kill(): Promise<void> {
    const { clock } = this.#world
    const state = this.#subject.state
    const issued = this.#issued
    await sleep(clock, this.stops.attempts * LIMITS.stopBackoffMs)
    // The next run's stop has a grace of its own.
    if (this.#subject.state === state && this.#issued === issued) this.stop(0)
  }

  /** Given up as stopped, yet its start succeeded after all: end it without further events. */
  discard(): void {
    const { ref } = this
    if (!ref) return
    const { placer } = this.#world
    const stopped = placer.stop(ref, 0).catch(() => undefined)
    this.removed = stopped.then(() => placer.remove(ref)).catch(() => undefined)
    this.stops.note(this.removed)
  }

  /** Removes what is left. A failure is the sweep's at the next start of the gateway. */
  remove(): void {
    if (this.ref) this.removed = this.#world.placer.remove(this.ref).catch(() => undefined)
  }

  /** Looks, and tells what is there unless another command was issued meanwhile. */
  async look(): Promise<'running' | 'frozen' | 'other' | undefined> {
    const issued = this.#issued
    const found = await this.#inspect()
    return issued === this.#issued ? foundWord(found) : undefined
  }

  /** The last lines of output, or none. */
  logs(): Promise<readonly string[]> {
    return this.ref ? this.#world.placer.logs(this.ref).catch(() => []) : Promise.resolve([])
  }

  async #stopped(asked: Promise<Exit>, current: () => boolean): Promise<void> {
    try {
      const exit = await asked
      if (current()) this.#subject.deliver('Stopped', { exit })
    } catch {
      const found = await this.#inspect()
      if (!current()) return
      const ended = found && found.phase !== 'running' && found.phase !== 'paused'
      this.#subject.deliver(
        ended ? 'Stopped' : 'StopFailed',
        found?.exit ? { exit: found.exit } : {},
      )
    }
  }

  async #deliverFound(
    event: 'PauseFailed' | 'PauseExpired',
    current: () => boolean,
  ): Promise<void> {
    const found = await this.#inspect()
    if (current()) this.#subject.deliver(event, { found: foundWord(found) })
  }

  /** A command's result counts while the instance is in the state that issued it and issued nothing since. */
  #begin(): () => boolean {
    const state = this.#subject.state
    const issued = (this.#issued += 1)
    return () => this.#issued === issued && this.#subject.state === state
  }

  #renew(): AbortController {
    this.stops.attempts = 0
    this.#issued += 1
    this.#abort = new AbortController()
    return this.#abort
  }

  async #inspect(): Promise<Found | undefined> {
    const { ref } = this
    if (!ref) return undefined
    const found = await inspected(ref, this.#world)
    // What no longer exists cannot be started again: the next start makes a new one. Where nothing is kept it is but a
    // name, and its start may still be out.
    const { keepStopped } = this.#world.placer.can
    if (found?.gone && keepStopped && this.ref === ref) this.ref = undefined
    return found
  }
}

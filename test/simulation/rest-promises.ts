/** Promises about who may end or sleep, and who may not: nothing ends without a reason, and nothing that must end goes on. */

import { LIMITS } from './true-limits.ts'
import type { InstanceStatus } from '../../src/domain/status.ts'
import { functionSpec } from '../support/function-spec.ts'
import { type Moment, type Watcher, fail } from './moment.ts'

/** Steps that are no reason for anything to end. */
const HARMLESS = /^(request|release|refuse|touch|leave|vanish|pass (create|start|ready))\b/
/** Steps after which what is in flight goes on. */
const GENTLE =
  /^(request|release|refuse|touch|leave|vanish|drain|reload|pass (create|start|ready))\b/
const ENDING: ReadonlySet<string> = new Set([
  'draining',
  'stopping',
  'stopped',
  'dormant',
  'starting',
])
const ENDED: ReadonlySet<string> = new Set(['dormant', 'preparing', 'starting', 'stopped'])

const stateOf = ({ scene }: Moment, id: string): string =>
  scene.instances.find((i) => i.id === id)?.state ?? 'stopped'

/** Ends, drains and sleeps of one scene. */
export class RestPromises implements Watcher {
  /** Asked to end by hand, and not over yet. */
  readonly #drained = new Set<string>()
  /** Pauses in a row that did not take, by instance. */
  readonly #failures = new Map<string, number>()
  /** Somebody used a tunnel while its instance was being frozen. */
  readonly #stirred = new Set<string>()
  /** Runs that were ready, and those that refused a connection. */
  readonly #served = new Set<string>()
  readonly #refused = new Set<string>()
  /** Since when each is ready, as far as it was looked at. */
  readonly #readyAt = new Map<string, number>()
  #tierWasOff = false

  after(m: Moment): void {
    if (m.step === 'drain') this.#noteDrained(m)
    this.#drainedGoOn(m)
    for (const was of m.before) {
      this.#endsForNothing(m, was)
      inFlightMayEnd(m, was)
      this.#minimumStays(m, was)
      this.#idleSleeps(m, was)
      this.#pauseIsSeen(m, was)
      this.#tunnelStays(m, was)
      this.#thawedIsUsed(m, was)
      refusedIsClosed(m, was)
    }
    this.#tierIsOffForAReason(m)
    pausesAreMeant(m)
  }

  #noteDrained({ before }: Moment): void {
    for (const { id, state } of before)
      if (!ENDED.has(state) || state === 'starting') this.#drained.add(id)
  }

  #drainedGoOn(m: Moment): void {
    for (const id of this.#drained) {
      const state = stateOf(m, id)
      if (state === 'draining' || state === 'stopping') continue
      if (!ENDED.has(state) && !m.scene.astray) fail(`${id} was to end and is ${state}`)
      this.#drained.delete(id)
    }
  }

  #mayEnd({ scene }: Moment, { id, revision }: InstanceStatus): boolean {
    return this.#drained.has(id) || revision !== scene.a.activator.status()[0]?.revision
  }

  #endsForNothing(m: Moment, was: InstanceStatus): void {
    const isServing = was.state === 'ready' || was.state === 'paused'
    if (!HARMLESS.test(m.step) || !isServing || m.scene.astray || this.#mayEnd(m, was)) return
    if (m.scene.neighbour?.isHere) return
    const state = stateOf(m, was.id)
    if (ENDING.has(state)) fail(`${was.id} was ${was.state} and is ${state} for nothing`)
  }

  #minimumStays(m: Moment, was: InstanceStatus): void {
    const { min } = m.scene.setting
    if (m.step !== 'time' || was.state !== 'ready' || this.#mayEnd(m, was)) return
    const ready = m.before.filter((i) => i.state === 'ready' && i.revision === was.revision).length
    const sent = m.made.some((asked) => asked === `pause ${was.id}` || asked === `stop ${was.id}`)
    if (ready <= min && sent) fail(`${was.id} was the minimum and is put to sleep`)
  }

  /** Where more than the minimum is awake, nothing idles for longer than it may. */
  #idleSleeps(m: Moment, was: InstanceStatus): void {
    const { a, instances, setting } = m.scene
    const status = a.activator.status()[0]
    const is = instances.find((i) => i.id === was.id)
    if (is?.state !== 'ready' || was.state !== 'ready') return void this.#readyAt.delete(was.id)
    const since = this.#readyAt.get(was.id) ?? m.now
    this.#readyAt.set(was.id, since)
    if (is.inFlight > 0 || m.step !== 'time' || this.#mayEnd(m, was)) return
    if (!status || status.waiters > 0 || status.pauseTier === 'off' || !setting.pauses) return
    const isReady = (i: InstanceStatus): boolean =>
      i.state === 'ready' && i.revision === is.revision
    const idleMs = Math.min(is.lastUsedMs ?? Infinity, m.now - since)
    if (instances.filter(isReady).length <= setting.min || instances.some((i) => !isReady(i)))
      return
    if (idleMs > functionSpec().idle.pauseAfterMs + 2 * LIMITS.rearmMs)
      fail(`${is.id} never sleeps`)
  }

  /** What became of a pause is what is found, whatever its call has said. */
  #pauseIsSeen(m: Moment, was: InstanceStatus): void {
    const state = stateOf(m, was.id)
    const there = m.scene.a.world.entries.get(was.id)
    const isAgain = state === 'pausing' && m.made.includes(`pause ${was.id}`)
    if (was.state !== 'pausing' || (state === 'pausing' && !isAgain) || this.#mayEnd(m, was)) return
    if (there?.run !== was.run || m.step.startsWith('outside')) return
    const isPassed = m.step === `pass pause ${was.id}` || m.step === `hush pause ${was.id}`
    const failures = isPassed ? 0 : (this.#failures.get(was.id) ?? 0) + 1
    this.#failures.set(was.id, failures)
    // Asleep, it ends at once for a neighbour that waits for its place.
    if (m.scene.neighbour?.isHere && m.made.includes(`stop ${was.id}`)) return
    const frozen = there?.phase === 'paused'
    if (frozen && state !== 'paused' && state !== 'resuming')
      fail(`${was.id} is frozen and ${state}`)
    if (there?.phase === 'exited' && state === 'ready')
      fail(`${was.id} was found dead and is ready`)
    if (there?.phase !== 'running') return
    if (isPassed) return
    if (state !== 'ready' && !isAgain) fail(`${was.id} runs on and is ${state}`)
    const alarms = m.told.filter((line) => line.startsWith('alarm')).length
    const isLast = failures >= LIMITS.pauseFailuresMax
    if (alarms < (isLast ? 2 : 1)) fail('a pause did not take, and nobody is told')
    if (isLast && m.scene.a.activator.status()[0]?.pauseTier === 'on')
      fail(`${was.id} is paused again and again in vain`)
  }

  #tierIsOffForAReason({ scene }: Moment): void {
    const isOff = scene.a.activator.status()[0]?.pauseTier === 'off'
    const isMeant = [...this.#failures.values()].some((n) => n >= LIMITS.pauseFailuresMax)
    if (isOff && !this.#tierWasOff && !isMeant) fail('pausing was given up too soon')
    this.#tierWasOff ||= isOff
  }

  #tunnelStays(m: Moment, { id, state: from }: InstanceStatus): void {
    if (from === 'pausing' && m.step === `touch ${id}`) this.#stirred.add(id)
    const state = stateOf(m, id)
    if (!this.#stirred.has(id) || state === 'pausing') return
    this.#stirred.delete(id)
    const isUsed = m.scene.leased.some((c) => c.lease?.instance === id)
    if (state === 'paused' && isUsed) fail(`${id} sleeps although its tunnel is in use`)
  }

  /** A run that was ready and not doubted since serves as soon as it is thawed. */
  #thawedIsUsed(m: Moment, was: InstanceStatus): void {
    const { world } = m.scene.a
    if (was.run && was.state === 'ready') this.#served.add(was.run)
    if (was.run && m.step === `refuse ${was.id}`) this.#refused.add(was.run)
    const thawed =
      (was.state === 'resuming' && m.step === `pass resume ${was.id}`) ||
      (was.state === 'paused' && m.step === `outside unpause ${was.id}`)
    if (!thawed || m.scene.astray || !was.run || world.entries.get(was.id)?.run !== was.run) return
    if (this.#refused.has(was.run) || !this.#served.has(was.run)) return
    // What was given up is met again as a stranger.
    if (m.scene.livesOn(was.id)) return
    if (stateOf(m, was.id) === 'probing') fail(`${was.id} was ready and is probed again`)
  }
}

/** What cannot be frozen, or is not to be any more, is not asked to. */
function pausesAreMeant({ scene, made, step }: Moment): void {
  const isOff = !scene.setting.pauses || scene.a.activator.status()[0]?.pauseTier === 'off'
  const asked = made.find((one) => one.startsWith('pause '))
  if (asked && isOff) fail(`${asked} after ${step}, and nothing is to be paused`)
}

/** A drain, a reload or another's end lets what is in flight finish. */
function inFlightMayEnd({ scene, step, journal }: Moment, was: InstanceStatus): void {
  if (!GENTLE.test(step) || scene.a.world.entries.get(was.id)?.run !== was.run) return
  if (was.state !== 'ready' && was.state !== 'probing' && was.state !== 'draining') return
  const ended = step === `release ${was.id}` || step === `refuse ${was.id}` ? 1 : 0
  if (was.inFlight > ended && journal.includes(`all ${was.run}`))
    fail(`${was.run} is reset while in use`)
}

/** Where connects are refused, kept connections are of no use. */
function refusedIsClosed(m: Moment, was: InstanceStatus): void {
  if (m.step !== `refuse ${was.id}` || was.state !== 'ready' || stateOf(m, was.id) !== 'probing')
    return
  if (!m.journal.some((entry) => entry === `idle ${was.run}` || entry === `all ${was.run}`))
    fail(`${was.id} is in doubt and keeps its connections`)
}

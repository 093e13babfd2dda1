/**
 * Drives an activator over a fake world through every order of events, breadth first: a state of the world is
 * reached by replaying the steps that led to it, and is expanded once. Invariants are on the world, not on the table.
 */

import { TABLE, type Table } from '../../src/domain/lifecycle.ts'
import type { EventName, State } from '../../src/domain/state.ts'
import { Activation, type FakeWaiter } from '../support/activation.ts'
import { FakeWorld, type Verb } from '../support/fake-world.ts'
import { functionSpec } from '../support/function-spec.ts'

/** A step by name, so that a failing order can be read and replayed. */
export type Step = string

const REFUSED = { k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false } as const

const BY_HAND: readonly Verb[] = ['create', 'start', 'ready', 'pause', 'resume', 'stop']

/** What one replay has at hand. */
export class Scene {
  readonly a: Activation
  readonly waiters: FakeWaiter[] = []
  readonly #requestsMax: number
  /** Somebody started an instance by hand: only then may there be more than `max`. */
  #meddled = false

  constructor(table: Table, requestsMax: number) {
    const world = new FakeWorld()
    for (const verb of BY_HAND) world.byHand.add(verb)
    this.#requestsMax = requestsMax
    this.a = new Activation({
      world,
      table,
      functions: [functionSpec({ instances: { max: 1 }, idle: { tunnelAfterMs: 1_000 } })],
    })
  }

  /** Every step that makes sense now. */
  steps(): Step[] {
    const { world } = this.a
    const steps: Step[] = []
    if (this.#open.length < this.#requestsMax) steps.push('request')
    if (this.#leased.length > 0) steps.push('release', 'refuse', 'touch')
    if (this.#waiting.length > 0) steps.push('leave', 'go unseen')
    for (const verb of BY_HAND)
      if (world.calls.some((c) => c.verb === verb))
        steps.push(`pass ${verb}`, `fail ${verb}`, `lie ${verb}`)
    for (const e of world.entries.values()) {
      steps.push('outside remove')
      if (e.phase === 'running') steps.push('outside exit', 'outside pause')
      if (e.phase === 'paused') steps.push('outside exit', 'outside unpause')
      if (e.phase === 'exited') steps.push('outside start')
    }
    if (world.entries.size === 0 && this.a.states === '')
      steps.push('found running', 'found paused', 'found exited')
    if (this.a.clock.next < Infinity) steps.push('time')
    if (this.a.states !== '') steps.push('drain')
    return [...new Set(steps)]
  }

  async take(step: Step): Promise<void> {
    const { world, clock, activator } = this.a
    const [verb = '', what = ''] = step.split(' ')
    const handle = [...world.entries.keys()][0] ?? ''
    if (verb === 'request') this.waiters.push(this.a.request())
    else if (verb === 'release') this.#leased[0]?.lease?.release({ k: 'done' })
    else if (verb === 'refuse') this.#leased[0]?.lease?.release(REFUSED)
    else if (verb === 'touch') this.#leased[0]?.lease?.touch()
    else if (verb === 'leave') this.#waiting[0]?.ticket?.leave('gone')
    else if (verb === 'go') this.#mark(this.#waiting[0])
    else if (verb === 'pass') world.call(what as Verb).pass()
    else if (verb === 'fail') world.call(what as Verb).fail()
    else if (verb === 'lie') this.#lie(what as Verb)
    else if (verb === 'outside') {
      this.#meddled ||= what === 'start'
      world.outside(what as 'exit', handle)
    } else if (verb === 'time') await clock.pass(Math.max(0, clock.next - clock.now()))
    else if (verb === 'drain') activator.stop(functionSpec().id)
    await clock.flush()
    if (verb === 'release' || verb === 'refuse') this.#forget((w) => w === this.#leased[0])
    if (verb === 'leave') this.#forget((w) => w === this.#waiting[0])
    this.#forget(
      (w) =>
        w.refusal !== undefined ||
        (w.gone && w.lease === undefined && !this.a.activator.status()[0]?.waiters),
    )
  }

  /** What two orders of events must share to count as the same state. */
  get key(): string {
    const { world } = this.a
    const status = this.a.activator.status()[0]
    return JSON.stringify([
      this.a.states,
      status?.waiters,
      status?.inFlight,
      status?.backoffMs !== 0,
      this.#leased.length,
      this.waiters.map((w) => w.gone),
      world.calls.map((c) => [c.verb, c.signal?.aborted]),
      [...world.entries.values()].map((e) => [e.phase, e.exit?.code]),
      this.a.clock.armed,
    ])
  }

  /** Throws when a promise is broken. `step` is for the message. */
  check(): void {
    const { world } = this.a
    const status = this.a.activator.status()[0]
    if (!status) throw new Error('the function has no pool')
    const running = status.instances.filter((i) => i.state !== 'dormant' && i.state !== 'stopped')
    // An instance that resisted every attempt at stopping is given up with an alarm, and lives on.
    const givenUp = this.a.log.some((line) => line.startsWith('alarm: it could not be stopped'))
    const busy = world.calls.some((c) => c.verb === 'start' || c.verb === 'stop')
    if (world.alive.length > running.length && !busy && !givenUp)
      throw new Error(`leak: ${world.alive.join(' ')} runs unknown`)
    if (world.alive.length > 1 && !this.#meddled && !givenUp)
      throw new Error('more instances than max')
    for (const i of status.instances)
      if (i.inFlight > 2) throw new Error('more in flight than the concurrency')
    const room = status.instances.some((i) => i.state === 'ready' && i.inFlight < 2)
    if (status.waiters > 0 && room) throw new Error('somebody waits although there is room')
    const ends = this.a.log.filter((line) => line.startsWith('alarm: no row'))
    if (ends.length > 0) throw new Error(ends[0])
  }

  /** From here everything answers as it should: every waiter is answered, and closing leaves nothing behind. */
  async windDown(): Promise<void> {
    const { world, clock, activator } = this.a
    world.byHand.clear()
    for (const call of [...world.calls]) call.pass()
    world.relist()
    await clock.flush()
    for (let rounds = 0; rounds < 50 && this.#waiting.some((w) => !w.gone); rounds += 1) {
      for (const w of this.#leased) w.lease?.release({ k: 'done' })
      this.#forget((w) => w.lease !== undefined || w.refusal !== undefined)
      await clock.pass(Math.min(60_000, Math.max(1, clock.next - clock.now())))
    }
    if (this.#waiting.some((w) => !w.gone)) throw new Error('somebody waits for ever')
    for (const w of this.#leased) w.lease?.release({ k: 'done' })
    let closed = false
    void activator.close().then(() => (closed = true))
    for (let rounds = 0; rounds < 50 && !closed; rounds += 1) await clock.pass(10_000)
    if (!closed) throw new Error('closing never ends')
    await clock.flush()
    if (world.alive.length > 0) throw new Error(`closed, yet ${world.alive.join(' ')} runs`)
    if (world.entries.size > 0) throw new Error('closed, yet something is left')
    if (clock.armed > 0) throw new Error(`closed, yet ${clock.armed} timers are armed`)
  }

  get #open(): FakeWaiter[] {
    return this.waiters
  }
  get #leased(): FakeWaiter[] {
    return this.waiters.filter((w) => w.lease)
  }
  get #waiting(): FakeWaiter[] {
    return this.waiters.filter((w) => !w.lease && !w.refusal)
  }

  #lie(verb: Verb): void {
    const call = this.a.world.call(verb)
    try {
      call.act()
    } catch {
      // The world had moved on: then it is an honest failure.
    }
    call.fail()
  }

  #mark(waiter: FakeWaiter | undefined): void {
    if (waiter) waiter.gone = true
  }

  #forget(which: (w: FakeWaiter) => boolean): void {
    for (const w of this.waiters.filter(which)) this.waiters.splice(this.waiters.indexOf(w), 1)
  }
}

/** A table that notes which pairs of state and event were looked up. */
export function observed(table: Table, seen: Set<string>): Table {
  const states = Object.entries(table).map(([state, events]) => [
    state,
    new Proxy(events, {
      get(target, event: EventName) {
        seen.add(`${state} × ${event}`)
        return target[event]
      },
    }),
  ])
  return Object.fromEntries(states) as Table
}

export interface Exploration {
  readonly states: number
  readonly steps: number
  readonly seen: ReadonlySet<string>
  readonly failure: { readonly order: readonly Step[]; readonly message: string } | undefined
}

/** Explores every order of events from the roots on, until nothing new is found or `depthMax` steps are taken. */
export async function explore({
  table = TABLE,
  requestsMax = 2,
  roots = [[]],
  depthMax,
}: {
  table?: Table
  requestsMax?: number
  /** Orders of events from which the exploration begins. */
  roots?: readonly (readonly Step[])[]
  /** Steps beyond a root. */
  depthMax: number
}): Promise<Exploration> {
  const seen = new Set<string>()
  const watched = observed(table, seen)
  const known = new Set<string>()
  let frontier: (readonly Step[])[] = [...roots]
  let steps = 0
  const fail = (order: readonly Step[], error: unknown): Exploration => ({
    states: known.size,
    steps,
    seen,
    failure: { order, message: error instanceof Error ? error.message : String(error) },
  })
  for (let depth = 0; depth < depthMax && frontier.length > 0; depth += 1) {
    const next: Step[][] = []
    for (const order of frontier) {
      const scene = new Scene(watched, requestsMax)
      for (const step of order) await scene.take(step)
      for (const step of scene.steps()) {
        const branch = new Scene(watched, requestsMax)
        const path = [...order, step]
        try {
          for (const s of path) await branch.take(s)
          steps += 1
          branch.check()
          const { key } = branch
          if (known.has(key)) continue
          known.add(key)
          next.push(path)
          await branch.windDown()
        } catch (error) {
          return fail(path, error)
        }
      }
    }
    frontier = next
  }
  return { states: known.size, steps, seen, failure: undefined }
}

/** Pairs of the table that were never looked up. */
export function uncovered(table: Table, seen: ReadonlySet<string>): string[] {
  const pairs = Object.entries(table).flatMap(([state, events]) =>
    Object.keys(events).map((event) => `${state as State} × ${event}`),
  )
  return pairs.filter((pair) => !seen.has(pair))
}

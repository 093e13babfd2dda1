/**
 * Several functions on a host that is too small for them: what the budget, priorities and spares promise must hold after
 * every step, and everybody who waits is served in the end.
 */

import { isRefusal } from '../../src/domain/admission.ts'
import type { Lease, Refusal, Ticket, Waiter } from '../../src/domain/admission.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { functionId } from '../../src/domain/ids.ts'
import type { Table } from '../../src/domain/lifecycle.ts'
import { Activation } from '../support/activation.ts'
import { FakeWorld, type Verb } from '../support/fake-world.ts'
import { functionSpec } from '../support/function-spec.ts'
import { observed } from './rows.ts'
import type { Step } from './scene.ts'

const BY_HAND: readonly Verb[] = ['create', 'start', 'ready', 'pause', 'resume', 'stop']
const ROUNDS_MAX = 400
export const MEMORY_EACH = 10
const HOUR_MS = 3_600_000
const GUESTS_MAX = 12
/** Rows that apply in all: more than any order of so many steps can cause. */
const EVENTS_MAX = 20_000

/** The host, and who shares it: as it is printed. */
export interface Crowd {
  readonly functions: readonly Member[]
  readonly instances: number
  /** Unlimited without one. */
  readonly memory?: number
  readonly starts: number
}

export interface Member {
  readonly id: string
  readonly concurrency: number
  readonly priority: number
  readonly policy: 'adaptive' | 'fixed'
  readonly max: number
  readonly spare: number
  readonly prepared: number
}

class Guest implements Waiter {
  readonly fn: string
  lease: Lease | undefined
  refusal: Refusal | undefined
  ticket: Ticket | undefined

  constructor(fn: string) {
    this.fn = fn
  }

  get waits(): boolean {
    return !this.lease && !this.refusal
  }

  granted(lease: Lease): boolean {
    this.lease = lease
    return true
  }

  refused(refusal: Refusal): void {
    this.refusal = refusal
  }
}

const specOf = ({ id, concurrency, priority, policy, ...instances }: Member): FunctionSpec =>
  functionSpec({
    id: functionId(id),
    concurrency,
    priority,
    hold: { timeoutMs: HOUR_MS },
    idle: { policy },
    instances,
  })

export class CrowdScene {
  readonly #a: Activation
  readonly #crowd: Crowd
  readonly #guests: Guest[] = []
  /** A wake goes on when who asked for it has left; what was never asked for is started for nobody. */
  readonly #requested = new Set<string>()
  /** What was in use before this step. */
  #used = new Set<string>()
  #events = 0

  constructor(crowd: Crowd, table: Table) {
    this.#crowd = crowd
    const world = new FakeWorld()
    for (const verb of BY_HAND) world.byHand.add(verb)
    const { instances, memory = Infinity, starts } = crowd
    const host = { memoryTotal: memory, memoryEach: MEMORY_EACH }
    const counted = observed(table, () => this.#count())
    const functions = crowd.functions.map(specOf)
    this.#a = new Activation({ world, table: counted, functions, instances, starts, host })
  }

  #count(): void {
    if ((this.#events += 1) > EVENTS_MAX) throw new Error('events follow each other without end')
  }

  begin(): Promise<void> {
    return this.#a.clock.flush()
  }

  /** A step of chance; undefined where what chance has chosen cannot be now. */
  choose(random: () => number): Step | undefined {
    const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
    const dice = random()
    const call = pick(this.#a.world.calls)
    const leased = pick(this.#guests.filter(({ lease }) => lease))
    if (dice < 0.45 && call) {
      // What cannot be stopped is given up and runs on: that is another promise, of another simulation.
      const fails = call.verb !== 'stop' && random() < 0.1
      return `${fails ? 'fail' : 'pass'} ${call.verb} ${call.handle}`
    }
    if (dice < 0.7) return this.#ifPossible(`request ${pick(this.#crowd.functions)?.id}`)
    if (dice < 0.85 && leased) return `release ${leased.lease?.instance}`
    const leaving = dice < 0.9 ? pick(this.#guests.filter(({ waits }) => waits)) : undefined
    return this.#ifPossible(dice < 0.9 ? `leave ${leaving?.fn}` : 'time')
  }

  #ifPossible(step: Step): Step | undefined {
    return this.act(step) ? step : undefined
  }

  /** How to take the step; undefined where it makes no sense now. */
  act(step: Step): (() => void | Promise<void>) | undefined {
    const [verb = '', what = '', handle = ''] = step.split(' ')
    const { clock, world } = this.#a
    switch (verb) {
      case 'request':
        return this.#guests.length <= GUESTS_MAX ? () => this.#request(what) : undefined
      case 'release': {
        const guest = this.#guests.find(({ lease }) => lease?.instance === what)
        return guest && (() => this.#release(guest))
      }
      case 'leave': {
        const guest = this.#guests.find(({ fn, waits }) => waits && fn === what)
        return guest && (() => this.#leave(guest))
      }
      case 'time': {
        const { next } = clock
        return next < Infinity ? async () => clock.pass(Math.max(0, next - clock.now())) : undefined
      }
      default: {
        const call = world.calls.find((c) => c.verb === what && c.handle === handle)
        return call && (() => call[verb as 'pass' | 'fail']())
      }
    }
  }

  /** False: it makes no sense now. */
  async take(step: Step): Promise<boolean> {
    const { clock, world } = this.#a
    const act = this.act(step)
    if (!act) return false
    this.#used = new Set(this.#guests.flatMap(({ lease }) => (lease ? [lease.instance] : [])))
    const asked = world.asked.length
    await act()
    await clock.flush()
    this.#check(world.asked.slice(asked))
    return true
  }

  #request(fn: string): void {
    this.#requested.add(fn)
    const guest = new Guest(fn)
    guest.lease = this.#a.activator.take(functionId(fn))
    if (!guest.lease) {
      const answer = this.#a.activator.hold(functionId(fn), guest)
      if (isRefusal(answer)) return
      guest.ticket = answer
    }
    this.#guests.push(guest)
  }

  #release(guest: Guest): void {
    this.#used.delete(guest.lease?.instance ?? '')
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    guest.lease?.release({ k: 'done' })
  }

  #leave(guest: Guest): void {
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    guest.ticket?.leave('gone')
  }

  #check(asked: readonly string[]): void {
    const { world, activator, log } = this.#a
    const { instances, memory = Infinity, starts } = this.#crowd
    const alive = world.alive.length
    if (alive > instances) throw new Error(`${alive} run, above the budget`)
    if (alive * MEMORY_EACH > memory) throw new Error(`${alive} run, above the memory`)
    const out = world.calls.filter(
      (c) => (c.verb === 'create' || c.verb === 'start') && !c.signal?.aborted,
    )
    if (out.length > starts) throw new Error(`${out.length} starts are out`)
    for (const call of asked) {
      const [verb, handle = ''] = call.split(' ')
      // What a pause froze after its time was up, and no thaw wakes, is ended whoever is in it.
      const isStuck = world.calls.some((c) => c.verb === 'resume' && c.handle === handle)
      if ((verb === 'stop' || verb === 'pause') && this.#used.has(handle) && !isStuck)
        throw new Error(`${handle} is in use, and told to ${verb}`)
    }
    const hole = log.find((line) => line.startsWith('alarm: no row'))
    if (hole) throw new Error(hole)
    this.#sparesGiveWay(
      activator.status(),
      out.map(({ handle }) => handle),
    )
  }

  /** All permits are out and somebody waits for a start: then none of them is for a function that nobody asked for. */
  #sparesGiveWay(
    status: ReturnType<Activation['activator']['status']>,
    starting: readonly string[],
  ): void {
    if (starting.length < this.#crowd.starts) return
    const isLeft = ({ id }: { id: string }): boolean =>
      !this.#requested.has(id) && starting.some((h) => h.startsWith(`${id}-`))
    const left = status.find(isLeft)
    const waits = status.find(
      (fn) =>
        fn.waiters > 0 &&
        fn.backoffMs === 0 &&
        fn.instances.every(({ state }) => state === 'dormant') &&
        this.#hasRoom(status),
    )
    if (left && waits) throw new Error(`${waits.id} waits, and ${left.id} starts for nobody`)
  }

  #hasRoom(status: ReturnType<Activation['activator']['status']>): boolean {
    const running = status
      .flatMap((fn) => fn.instances)
      .filter((i) => !['preparing', 'dormant', 'stopped'].includes(i.state)).length
    const { instances, memory = Infinity } = this.#crowd
    return running < instances && (running + 1) * MEMORY_EACH <= memory
  }

  /** Everything answers; everybody who waits is served, and closing leaves nothing. */
  async windDown(): Promise<void> {
    const { world, clock, activator } = this.#a
    world.byHand.clear()
    world.passAll()
    for (let rounds = 0; rounds < ROUNDS_MAX && this.#guests.length > 0; rounds += 1) {
      await clock.pass(1_000)
      for (const guest of this.#guests.filter(({ lease }) => lease)) this.#release(guest)
      for (const guest of this.#guests.filter(({ refusal }) => refusal))
        this.#guests.splice(this.#guests.indexOf(guest), 1)
      this.#used.clear()
      this.#check([])
    }
    if (this.#guests.length > 0) throw new Error(`${this.#guests[0]?.fn} waits for ever`)
    const end = { closed: false }
    void activator.close().then(() => (end.closed = true))
    for (let rounds = 0; rounds < ROUNDS_MAX && !end.closed; rounds += 1) await clock.pass(10_000)
    if (!end.closed) throw new Error('closing never ends')
    if (world.entries.size > 0) throw new Error('closed, yet something is left')
    if (clock.armed > 0) throw new Error(`closed, yet ${clock.armed} timers are armed`)
  }
}

/**
 * Several functions on a host that is too small for them, in long random orders from a seed: what the budget, priorities
 * and spares promise must hold after every step, and everybody who waits is served in the end.
 */

import { isRefusal } from '../../src/domain/admission.ts'
import type { Lease, Refusal, Ticket, Waiter } from '../../src/domain/admission.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { functionId } from '../../src/domain/ids.ts'
import type { Table } from '../../src/domain/lifecycle.ts'
import { Activation } from '../support/activation.ts'
import { FakeWorld, type Verb } from '../support/fake-world.ts'
import { functionSpec } from '../support/function-spec.ts'
import { withoutTraces } from './exploration.ts'

const BY_HAND: readonly Verb[] = ['create', 'start', 'ready', 'pause', 'resume', 'stop']
const STEPS = 120
const ROUNDS_MAX = 400
const MEMORY_EACH = 10
const HOUR_MS = 3_600_000

interface Crowd {
  readonly functions: readonly FunctionSpec[]
  readonly instances: number
  readonly memory: number
  readonly starts: number
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

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function crowdFrom(random: () => number): Crowd {
  const upTo = (most: number): number => 1 + Math.floor(random() * most)
  const functions = Array.from({ length: 2 + upTo(4) }, (_, i) =>
    functionSpec({
      id: functionId(`f${i}`),
      concurrency: upTo(2),
      priority: upTo(3),
      hold: { timeoutMs: HOUR_MS },
      idle: { policy: i % 2 === 0 ? 'adaptive' : 'fixed' },
      instances: {
        max: upTo(2),
        spare: random() < 0.3 ? 1 : 0,
        prepared: random() < 0.3 ? 1 : 0,
      },
    }),
  )
  const instances = upTo(4)
  const memory = random() < 0.5 ? Infinity : MEMORY_EACH * upTo(4)
  return { functions, instances, memory, starts: upTo(3) }
}

class CrowdScene {
  readonly #a: Activation
  readonly #crowd: Crowd
  readonly #random: () => number
  readonly #guests: Guest[] = []
  readonly #steps: string[] = []
  /** A wake goes on when who asked for it has left; what was never asked for is started for nobody. */
  readonly #requested = new Set<string>()
  /** What was in use before this step. */
  #used = new Set<string>()

  constructor(seed: number, table: Table) {
    this.#random = chance(seed)
    this.#crowd = crowdFrom(this.#random)
    const world = new FakeWorld()
    for (const verb of BY_HAND) world.byHand.add(verb)
    const { functions, instances, memory, starts } = this.#crowd
    const host = { memoryTotal: memory, memoryEach: MEMORY_EACH }
    this.#a = new Activation({ world, table, functions, instances, starts, host })
  }

  async run(): Promise<string | undefined> {
    try {
      for (let i = 0; i < STEPS; i += 1) await this.#step()
      await this.#windDown()
      return undefined
    } catch (error) {
      return `${String(error)} after ${this.#steps.join(', ')} in ${JSON.stringify(this.#crowd)}`
    }
  }

  async #step(): Promise<void> {
    const { clock, world } = this.#a
    await clock.flush()
    this.#used = new Set(this.#guests.flatMap(({ lease }) => (lease ? [lease.instance] : [])))
    const asked = world.asked.length
    const dice = this.#random()
    const call = this.#pick(world.calls)
    const leased = this.#pick(this.#guests.filter(({ lease }) => lease))
    if (dice < 0.45 && call) this.#answer(call.verb, call.handle)
    else if (dice < 0.7) this.#request()
    else if (dice < 0.85 && leased) this.#release(leased)
    else if (dice < 0.9) this.#leave()
    else await this.#time()
    await clock.flush()
    this.#check(world.asked.slice(asked))
  }

  #pick<T>(of: readonly T[]): T | undefined {
    return of[Math.floor(this.#random() * of.length)]
  }

  #answer(verb: Verb, handle: string): void {
    // What cannot be stopped is given up and runs on: that is another promise, of another simulation.
    const fails = verb !== 'stop' && this.#random() < 0.1
    this.#steps.push(`${fails ? 'fail' : 'pass'} ${verb} ${handle}`)
    const call = this.#a.world.calls.find((c) => c.verb === verb && c.handle === handle)
    if (fails) call?.fail()
    else call?.pass()
  }

  #request(): void {
    const fn = this.#pick(this.#crowd.functions)
    if (!fn || this.#guests.length > 12) return
    this.#steps.push(`request ${fn.id}`)
    this.#requested.add(fn.id)
    const guest = new Guest(fn.id)
    guest.lease = this.#a.activator.take(fn.id)
    if (!guest.lease) {
      const answer = this.#a.activator.hold(fn.id, guest)
      if (isRefusal(answer)) return
      guest.ticket = answer
    }
    this.#guests.push(guest)
  }

  #release(guest: Guest): void {
    this.#steps.push(`release ${guest.lease?.instance}`)
    this.#used.delete(guest.lease?.instance ?? '')
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    guest.lease?.release({ k: 'done' })
  }

  #leave(): void {
    const guest = this.#pick(this.#guests.filter(({ waits }) => waits))
    if (!guest) return
    this.#steps.push(`leave ${guest.fn}`)
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    guest.ticket?.leave('gone')
  }

  async #time(): Promise<void> {
    const { clock } = this.#a
    if (clock.next === Infinity) return
    this.#steps.push('time')
    await clock.pass(Math.max(0, clock.next - clock.now()))
  }

  #check(asked: readonly string[]): void {
    const { world, activator, log } = this.#a
    const { instances, memory, starts } = this.#crowd
    const alive = world.alive.length
    if (alive > instances) throw new Error(`${alive} run, above the budget`)
    if (alive * MEMORY_EACH > memory) throw new Error(`${alive} run, above the memory`)
    const out = world.calls.filter(
      (c) => (c.verb === 'create' || c.verb === 'start') && !c.signal?.aborted,
    )
    if (out.length > starts) throw new Error(`${out.length} starts are out`)
    for (const call of asked) {
      const [verb, handle = ''] = call.split(' ')
      if ((verb === 'stop' || verb === 'pause') && this.#used.has(handle))
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
    const { instances, memory } = this.#crowd
    return running < instances && (running + 1) * MEMORY_EACH <= memory
  }

  /** Everything answers; everybody who waits is served, and closing leaves nothing. */
  async #windDown(): Promise<void> {
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

/** Runs the crowd of a seed. Undefined: every promise was kept. */
export const crowded = (seed: number, table: Table): Promise<string | undefined> =>
  withoutTraces(() => new CrowdScene(seed, table).run())

/** An activator over a fake clock and a fake world, with an event log to assert on. */

import { Activator } from '../../src/activator/activator.ts'
import type { HostLimits } from '../../src/activator/host.ts'
import {
  type Lease,
  type Refusal,
  type Ticket,
  type Waiter,
  isRefusal,
} from '../../src/domain/admission.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { type FunctionId, type InstanceId, instanceId, ownerId } from '../../src/domain/ids.ts'
import type { Lesson } from '../../src/domain/lesson.ts'
import { TABLE, type Table } from '../../src/domain/lifecycle.ts'
import { Events } from '../../src/telemetry/events.ts'
import { AsyncClock } from './async-clock.ts'
import { FakeContract, FakeWorld } from './fake-world.ts'
import { functionSpec } from './function-spec.ts'

/** A host with memory enough. */
export const ROOMY = { memoryTotal: Infinity, memoryEach: 1, whenFull: 'wait' } as const

/** More than any test needs. */
const MADE_MAX = 1_000

/** A held request that notes what became of it. */
export class FakeWaiter implements Waiter {
  lease: Lease | undefined
  refusal: Refusal | undefined
  ticket: Ticket | undefined
  /** The client is gone: the next grant is turned down. */
  gone = false

  granted(lease: Lease): boolean {
    if (this.gone) return false
    this.lease = lease
    return true
  }

  refused(refusal: Refusal): void {
    this.refusal = refusal
  }

  /** What it knows: `waiting`, `cold`, `refused START_FAILED`, … */
  get fate(): string {
    return this.lease ? this.lease.start : this.refusal ? `refused ${this.refusal.code}` : 'waiting'
  }
}

export class Activation {
  readonly clock = new AsyncClock()
  readonly world: FakeWorld
  readonly contract: FakeContract
  readonly events = new Events()
  readonly activator: Activator
  /** States gone through, alarms and failures: `hello-1 ready`, `alarm …`. */
  readonly log: string[] = []
  readonly #limits: HostLimits
  #functions: readonly FunctionSpec[]
  #made = 0

  constructor({
    functions = [functionSpec()],
    world = new FakeWorld(),
    starts = 8,
    instances = 100,
    waiters = 100,
    table = TABLE,
    host = {},
    lessons = new Map(),
    docker,
  }: {
    functions?: readonly FunctionSpec[]
    world?: FakeWorld
    starts?: number
    instances?: number
    waiters?: number
    table?: Table
    host?: Partial<HostLimits>
    lessons?: ReadonlyMap<FunctionId, Lesson>
    /** Another runtime, for functions that are not of this world. */
    docker?: FakeWorld
  } = {}) {
    this.world = world
    this.contract = new FakeContract(world, docker)
    const limits: HostLimits = {
      startsConcurrent: starts,
      instancesTotal: instances,
      waitersTotal: waiters,
      ...ROOMY,
      ...host,
    }
    this.#limits = limits
    this.#functions = functions
    this.activator = new Activator({
      clock: this.clock,
      contract: this.contract,
      events: this.events,
      runtimes: { process: world, ...(docker && { docker }) },
      limits,
      lessons,
      table,
      newId: (fn) => this.#newId(fn),
    })
    this.events.subscribe({
      event: (e) => {
        if (e.k === 'state') this.log.push(`${e.instance} ${e.to}`)
        if (e.k === 'alarm') this.log.push(`alarm: ${e.what}`)
        if (e.k === 'failed') this.log.push(`failed: ${e.reason}`)
      },
    })
    this.activator.apply(functions, limits)
    world.watch(
      ownerId('test'),
      () => this.#functions,
      (f) => this.activator.fact('process', f),
    )
  }

  #newId(fn: FunctionSpec): InstanceId {
    if (this.#made >= MADE_MAX) throw new Error('instances are made without end')
    return instanceId(`${fn.id}-${(this.#made += 1)}`)
  }

  /** The configuration is read again. */
  reload(functions: readonly FunctionSpec[], limits: Partial<HostLimits> = {}): void {
    this.#functions = functions
    this.activator.apply(functions, { ...this.#limits, ...limits })
  }

  /** A request arrives: a lease at once, or it is held. */
  request(fn: FunctionId = functionSpec().id): FakeWaiter {
    const waiter = new FakeWaiter()
    waiter.lease = this.activator.take(fn)
    if (waiter.lease) return waiter
    const answer = this.activator.hold(fn, waiter)
    if (isRefusal(answer)) waiter.refusal = answer
    else waiter.ticket = answer
    return waiter
  }

  get states(): string {
    return this.activator
      .status()
      .flatMap((f) => f.instances.map((i) => i.state))
      .join(' ')
  }
}

/** The instances of one function, and what is derived from them anew each time: nothing here is counted along. */

import type { FunctionSpec } from '../domain/function.ts'
import type { InstanceId } from '../domain/ids.ts'
import type { State } from '../domain/state.ts'
import { type RolloutInstance, blocking, mustMake } from '../domain/rollout.ts'
import type { Present } from '../runtime/runtime.ts'
import type { World } from './commands.ts'
import { inspected } from './inspection.ts'
import type { Instance } from './instance.ts'

const ARRIVING: ReadonlySet<State> = new Set(['new', 'starting', 'probing', 'resuming'])
const ASLEEP: ReadonlySet<State> = new Set(['pausing', 'paused'])
const LEAVING: ReadonlySet<State> = new Set(['draining', 'stopping'])
const NOT_RUNNING: ReadonlySet<State> = new Set(['preparing', 'dormant', 'stopped'])

/** Instances of the current revision by what they are good for. */
export interface Counts {
  /** Of all revisions. */
  readonly inFlight: number
  readonly ready: number
  readonly arriving: number
  readonly asleep: number
  readonly dormant: number
  readonly preparing: number
  readonly leaving: number
  /** Of older revisions, that must end before another may run. */
  readonly blocking: number
}

export class Roster {
  #fn: FunctionSpec
  #all: readonly Instance[] = []
  /** Made of what its image's name stood for earlier. */
  readonly #outdated = new WeakSet<Instance>()
  /** Over, while a start or stops of it are out that have not been answered. */
  readonly #undone = new Set<Instance>()

  constructor(fn: FunctionSpec) {
    this.#fn = fn
  }

  /** In the order in which they were made or adopted. */
  get all(): readonly Instance[] {
    return this.#all
  }

  /** The function changed. */
  declare(fn: FunctionSpec): void {
    this.#fn = fn
  }

  add(instance: Instance): void {
    this.#all = [...this.#all, instance]
    for (const one of this.#undone) if (isSameContainer(one.fn, instance.fn)) follow(one, instance)
  }

  /** It is over. Where stops of it are out: what has ended when they are answered. */
  async remove(instance: Instance, world: World): Promise<Present | undefined> {
    const { stops, ref } = instance.commands
    this.#all = this.#all.filter((i) => i !== instance)
    // Told again that it is over, it is looked after already.
    if (!isUnanswered(instance) || this.#undone.has(instance)) return undefined
    this.#undone.add(instance)
    if (!stops.areOut || !ref) return undefined
    await stops.settled
    this.answered(instance)
    // Its start is to be answered yet, and is undone then.
    if (isUnanswered(instance)) return undefined
    const found = await inspected(ref, world)
    // What runs on is for the next list to tell.
    return found?.gone || found?.running ? undefined : found
  }

  /** A call of one that is over was answered, or what was to be removed of it is. */
  answered(instance: Instance): void {
    if (!isUnanswered(instance)) this.#undone.delete(instance)
  }

  /**
   * It is over, yet its start may succeed, which is undone at once, or a stop of it may still kill it: until they are
   * answered it is no stranger and serves nobody. If it runs on after that, the next list tells of it: it is taken over
   * like any other, so that it counts and is stopped anew when it falls idle, for nothing else would end it.
   */
  isUndone(id: InstanceId): boolean {
    return [...this.#undone].some((i) => i.id === id || i.commands.ref?.instance === id)
  }

  /** Of the function's revision, and of the image that its name stands for now. */
  isCurrent(instance: Instance): boolean {
    return instance.fn.revision === this.#fn.revision && !this.#outdated.has(instance)
  }

  /** What was heard of its image. True where that is news. */
  outdate(instance: Instance, outdated = false): boolean {
    if (outdated === this.#outdated.has(instance)) return false
    if (outdated) this.#outdated.add(instance)
    else this.#outdated.delete(instance)
    return true
  }

  /** An existing container is one instance, whatever its runtime calls it. */
  find(id: InstanceId): Instance | undefined {
    const unseen = ({ fn, commands }: Instance): boolean =>
      commands.ref === undefined && isSameContainer(fn, this.#fn)
    return this.#all.find((i) => i.id === id || i.commands.ref?.instance === id || unseen(i))
  }

  /** Ready instances of the current revision. */
  get ready(): readonly Instance[] {
    return this.#all.filter((i) => i.state === 'ready' && this.isCurrent(i))
  }

  /** Where new leases may go: to the current revision, or to an older one while there is none. */
  leasable(): readonly Instance[] {
    const current = this.ready
    return current.length > 0 ? current : this.#all.filter((i) => i.state === 'ready')
  }

  /**
   * How many are to stay awake when `instance` has fallen idle. One of an old revision stays until the new one is
   * ready, since nothing would bring it back; but not where it takes the very place that the new one needs.
   */
  keptAwake(instance: Instance, hostRoom: number): number {
    const { min } = this.#fn.instances
    const comes = this.#all.some((i) => this.isCurrent(i) && !NOT_RUNNING.has(i.state))
    return this.isCurrent(instance) || (hostRoom === 0 && !comes) ? min : Math.max(1, min)
  }

  /** Paused instances, the most recently used first. */
  paused(): readonly Instance[] {
    return this.#all
      .filter((i) => i.state === 'paused' && this.isCurrent(i))
      .sort((a, b) => b.lastUsed - a.lastUsed)
  }

  /** A kept instance that can be started again. */
  dormant(): Instance | undefined {
    return this.#all.find((i) => i.state === 'dormant' && this.isCurrent(i))
  }

  /** Whether an instance serves, can be resumed or is on its way; `but` left out. */
  serves(but?: Instance): boolean {
    return this.#all.some(
      (i) => i !== but && (i.state === 'ready' || ASLEEP.has(i.state) || ARRIVING.has(i.state)),
    )
  }

  rollout(): readonly (RolloutInstance & { readonly instance: Instance })[] {
    return this.#all.map((instance) => ({
      instance,
      state: instance.state,
      current: this.isCurrent(instance),
    }))
  }

  /** An older revision serves: one of the new revision is made before that is broken. */
  get mustMake(): boolean {
    return mustMake(this.rollout(), this.#fn.rollout)
  }

  /** Instances of any revision that use the host. */
  get occupying(): readonly Instance[] {
    return this.#all.filter((i) => !NOT_RUNNING.has(i.state) && !isGivenUpUnmade(i))
  }

  get inFlight(): number {
    let sum = 0
    for (const instance of this.#all) sum += instance.inFlight
    return sum
  }

  counts(): Counts {
    const current = this.#all.filter((i) => this.isCurrent(i))
    const count = (states: ReadonlySet<State>): number =>
      current.filter((i) => states.has(i.state)).length
    return {
      inFlight: this.inFlight,
      ready: current.filter((i) => i.state === 'ready').length,
      arriving: count(ARRIVING),
      asleep: count(ASLEEP),
      dormant: current.filter((i) => i.state === 'dormant').length,
      preparing: current.filter((i) => i.state === 'preparing').length,
      leaving: current.filter((i) => LEAVING.has(i.state) && !isGivenUpUnmade(i)).length,
      blocking: blocking(
        this.rollout().filter(({ instance }) => !isGivenUpUnmade(instance)),
        this.#fn.rollout,
      ),
    }
  }
}

/** Both are for one existing container. */
const isSameContainer = (one: FunctionSpec, other: FunctionSpec): boolean =>
  one.spec.k === 'container' &&
  other.spec.k === 'container' &&
  one.spec.container === other.spec.container

/** The start of the next one waits for the stops of the one before, whose end is old when it is told. */
function follow({ ended, commands }: Instance, next: Instance): void {
  next.ended = ended
  next.commands.stops.note(commands.stops.settled)
}

const isUnanswered = ({ commands }: Instance): boolean =>
  commands.startOut !== undefined || commands.stops.areOut

/** Its creation alone is being undone. Nothing of it runs, so that the start that it gave way to may have its place. */
const isGivenUpUnmade = ({ state, commands }: Instance): boolean =>
  state === 'stopping' && commands.startOut === 'creation'

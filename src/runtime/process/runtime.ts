/**
 * Instances as child processes: the embedded default, with nothing to install. Each is a process group with a port
 * of its own; none outlives the gateway, also after `kill -9`; an instance that has ended is forgotten.
 */

import type { FunctionSpec } from '../../domain/function.ts'
import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import {
  RuntimeError,
  type Exit,
  type Fact,
  type Gone,
  type InstanceRef,
  type Placer,
  type Present,
  type Running,
  type Watch,
} from '../runtime.ts'
import { Launcher, type Launched, type ProcessRuntimeParts } from './launcher.ts'
import { hasProc, isFrozen, residentBytes } from './proc.ts'
import { vouchForPort } from './vouch.ts'

/** How often it is looked whether somebody froze or thawed an instance behind our back. */
export const RELIST_MS = 10_000

interface Instance extends Launched {
  readonly fn: FunctionSpec
  phase: 'running' | 'paused'
}

const NEVER_RAN: Exit = { code: undefined, signal: undefined, oomKilled: false, log: [] }

export class ProcessRuntime implements Placer {
  readonly name = 'process'
  readonly place = 'each'
  readonly can = { pause: process.platform !== 'win32', keepStopped: false, adopt: false }
  readonly #clock: Clock
  readonly #launcher: Launcher
  readonly #instances = new Map<InstanceId, Instance>()
  readonly #starting = new Map<InstanceId, Promise<Running>>()
  readonly #sinks = new Set<(fact: Fact) => void>()
  #relist: Timer | undefined

  constructor(parts: ProcessRuntimeParts) {
    this.#clock = parts.clock
    this.#launcher = new Launcher(parts)
  }

  async prepare(): Promise<void> {}

  /** Only names the instance: a process that was not started does not exist. */
  async create(fn: FunctionSpec, id: InstanceId, signal: AbortSignal): Promise<InstanceRef> {
    signal.throwIfAborted()
    return { instance: id, fn: fn.id, handle: id }
  }

  /** Resolves when the command is about to replace its shell. That it exits then is a fact, with its last lines. */
  async start(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Running> {
    signal.throwIfAborted()
    const known = this.#instances.get(ref.instance)?.running ?? this.#starting.get(ref.instance)
    if (known) return known
    const starting = this.#begin(fn, ref, signal)
    this.#starting.set(ref.instance, starting)
    return starting.finally(() => this.#starting.delete(ref.instance))
  }

  async vouch({ ref, endpoint }: Running, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { group } = this.#living(ref)
    // A socket's path was nobody's when the instance was started.
    if (endpoint.k === 'tcp') vouchForPort(group.pid, endpoint.port)
  }

  async pause({ ref }: Running): Promise<void> {
    const instance = this.#living(ref)
    await instance.group.freeze()
    this.#found(instance, 'paused')
  }

  async resume({ ref }: Running): Promise<Running> {
    const instance = this.#living(ref)
    await instance.group.thaw()
    this.#found(instance, 'running')
    return instance.running
  }

  async stop(ref: InstanceRef, graceMs: number): Promise<Exit> {
    await this.#starting.get(ref.instance)?.catch(() => {})
    const instance = this.#instances.get(ref.instance)
    if (!instance) return NEVER_RAN
    instance.group.end(graceMs)
    return instance.over
  }

  /** Nothing is kept of a stopped process. */
  async remove(): Promise<void> {}

  async inspect(ref: InstanceRef): Promise<Present | Gone> {
    const instance = this.#instances.get(ref.instance)
    if (!instance) return { k: 'gone', ref }
    return present(instance, phaseOf(instance))
  }

  async logs(ref: InstanceRef): Promise<readonly string[]> {
    return this.#instances.get(ref.instance)?.output.tail ?? []
  }

  async memory(): Promise<ReadonlyMap<InstanceId, number>> {
    const instances = [...this.#instances].map(([id, { group }]) => [id, group.pid] as const)
    if (!hasProc || instances.length === 0) return new Map()
    const bytes = residentBytes(new Set(instances.map(([, pid]) => pid)))
    return new Map(instances.map(([id, pid]) => [id, bytes.get(pid) ?? 0]))
  }

  watch(_: OwnerId, __: () => readonly FunctionSpec[], sink: (fact: Fact) => void): Watch {
    // Its own function, so that the same sink may watch twice.
    const deliver = (fact: Fact) => sink(fact)
    let closed = false
    this.#clock.turn(() => {
      if (closed) return
      this.#sinks.add(deliver)
      for (const instance of this.#instances.values()) deliver(present(instance, instance.phase))
      deliver({ k: 'synced' })
    })
    return {
      relist: () => this.#look(),
      close: () => {
        closed = true
        this.#sinks.delete(deliver)
      },
    }
  }

  /** Instances that still run no longer keep this process running; they end with it. */
  async close(): Promise<void> {
    this.#relist?.cancel()
    this.#relist = undefined
    for (const { group } of this.#instances.values()) group.unref()
    this.#launcher.close()
  }

  async #begin(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Running> {
    const launched = await this.#launcher.launch(fn, ref, signal)
    // Whoever waits for the end finds it forgotten and told.
    const over = launched.over.then((exit) => this.#ended(instance, exit))
    const instance: Instance = { ...launched, over, fn, phase: 'running' }
    this.#instances.set(ref.instance, instance)
    this.#deliver(present(instance, 'running'))
    this.#relist ??= this.#clock.timer(RELIST_MS, () => this.#look())
    return launched.running
  }

  #ended(instance: Instance, exit: Exit): Exit {
    const { ref, run } = instance.running
    this.#instances.delete(ref.instance)
    const { revision } = instance.fn
    this.#deliver({ k: 'present', ref, revision, phase: 'exited', run, exit })
    return exit
  }

  /** Exits come as events; only stops and continues by others must be looked for. */
  #look(): void {
    this.#relist?.cancel()
    this.#relist = undefined
    if (this.#instances.size === 0) return
    for (const instance of this.#instances.values()) this.#found(instance, phaseOf(instance))
    this.#relist = this.#clock.timer(RELIST_MS, () => this.#look())
  }

  #found(instance: Instance, phase: 'running' | 'paused'): void {
    if (instance.phase === phase) return
    instance.phase = phase
    this.#deliver(present(instance, phase))
  }

  #deliver(fact: Fact): void {
    for (const sink of this.#sinks) sink(fact)
  }

  #living(ref: InstanceRef): Instance {
    const instance = this.#instances.get(ref.instance)
    if (!instance) throw new RuntimeError('exited', `${ref.instance} does not run`)
    return instance
  }
}

const present = (instance: Instance, phase: 'running' | 'paused'): Present => {
  const { fn, running } = instance
  return { k: 'present', ref: running.ref, revision: fn.revision, phase, run: running.run, running }
}

const phaseOf = ({ group, phase }: Instance): 'running' | 'paused' => {
  const frozen = isFrozen(group.pid)
  return frozen === undefined ? phase : frozen ? 'paused' : 'running'
}

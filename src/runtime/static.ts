/** Servers that coldfront does not manage (`upstream:`): always there, never started, slept or stopped. */

import { runId, type InstanceId, type OwnerId } from '../domain/ids.ts'
import type { FunctionSpec } from '../domain/function.ts'
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
} from './runtime.ts'

const NEVER_RAN: Exit = { code: undefined, signal: undefined, oomKilled: false, log: [] }
const RUN_DIGITS = 12

/** Between `start` and `stop` an instance counts as running, whatever the server does; no fact ever tells otherwise. */
export class StaticRuntime implements Placer {
  readonly name = 'static'
  readonly place = 'each'
  readonly can = { pause: false, keepStopped: false, adopt: false }
  readonly #present = new Map<InstanceId, Present>()
  #runs = 0

  async prepare(): Promise<void> {}

  async create(fn: FunctionSpec, id: InstanceId, signal: AbortSignal): Promise<InstanceRef> {
    signal.throwIfAborted()
    return { instance: id, fn: fn.id, handle: id }
  }

  async start(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Running> {
    signal.throwIfAborted()
    const known = this.#present.get(ref.instance)?.running
    if (known) return known
    if (fn.spec.k !== 'upstream')
      throw new RuntimeError('failed', 'it is no upstream, and nothing else can be reached here')
    this.#runs += 1
    const run = runId(String(this.#runs).padStart(RUN_DIGITS, '0'), ref.handle)
    const endpoint = { ...fn.spec.endpoint, proto: 'h1' as const }
    const running: Running = { ref, run, endpoint, accepts: 'app' }
    const { revision } = fn
    this.#present.set(ref.instance, { k: 'present', ref, revision, phase: 'running', run, running })
    return running
  }

  /** Whoever answers at the configured address is the right one. */
  async vouch(): Promise<void> {}

  async pause({ ref }: Running): Promise<void> {
    throw new RuntimeError('failed', `${ref.fn} is not managed, so it cannot be paused`)
  }

  async resume(running: Running): Promise<Running> {
    return running
  }

  async stop(ref: InstanceRef): Promise<Exit> {
    this.#present.delete(ref.instance)
    return NEVER_RAN
  }

  async remove(ref: InstanceRef): Promise<void> {
    this.#present.delete(ref.instance)
  }

  async inspect(ref: InstanceRef): Promise<Present | Gone> {
    return this.#present.get(ref.instance) ?? { k: 'gone', ref }
  }

  async logs(): Promise<readonly string[]> {
    return []
  }

  watch(_: OwnerId, __: () => readonly FunctionSpec[], sink: (fact: Fact) => void): Watch {
    let closed = false
    queueMicrotask(() => {
      if (closed) return
      for (const present of this.#present.values()) sink(present)
      sink({ k: 'synced' })
    })
    return {
      relist: () => undefined,
      close: () => {
        closed = true
      },
    }
  }

  async close(): Promise<void> {}
}

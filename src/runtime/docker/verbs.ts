/**
 * Start, pause, resume and stop: one engine call, then a look, and what the look finds is the result. A thaw alone
 * is believed at once and looked at afterwards, since a request waits for it.
 */

import { meaningOf } from '../../domain/exit-meaning.ts'
import type { FunctionSpec } from '../../domain/function.ts'
import { LIMITS } from '../../domain/limits.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { RuntimeError } from '../runtime.ts'
import type { Exit, InstanceRef, Running } from '../runtime.ts'
import type { Containers, FindParts, Found } from './containers.ts'
import { engineError } from './engine-error.ts'
import type { Engine } from './engine.ts'
import { exitOf, runningOf } from './facts.ts'
import { DOCKER_LIMITS } from './limits.ts'
import type { Sandboxes } from './sandboxes.ts'
import { sandboxName } from './shape.ts'
import type { Sockets } from './sockets.ts'
import { isCutOff, isUp } from './vantage.ts'

export interface VerbParts {
  readonly engine: Engine
  readonly containers: Containers
  readonly sandboxes: Sandboxes
  readonly sockets: Sockets
  readonly clock: Clock
}

/** A command's value, and what was found after it, or will be; undefined: the container is gone. */
export interface Ended<T> {
  readonly value: T
  readonly found: Found | undefined | Promise<Found | undefined>
  /** Its last lines, when they were read already. */
  readonly log?: readonly string[]
}

interface CallTo {
  readonly verb: 'start' | 'pause' | 'unpause' | 'stop' | 'kill'
  readonly ms: number
  readonly signal?: AbortSignal
  /** Seconds. */
  readonly options?: { readonly t: number }
}

const NO_EXIT: Exit = { code: undefined, signal: undefined, oomKilled: false, log: [] }

export class Verbs {
  readonly #parts: VerbParts

  constructor(parts: VerbParts) {
    this.#parts = parts
  }

  /**
   * Two calls one after the other when all is well: start, inspect; its sandbox is looked at beside the first. Throws
   * with the last lines when it has exited already.
   */
  async start(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Ended<Running>> {
    await this.#clearSocket(fn, ref, signal)
    const ahead = this.#lookAhead(fn, ref, signal)
    let problem = await this.#call(ref, { verb: 'start', ms: Infinity, signal })
    // What was seen before a failure may be older than its cause.
    let found = await this.#find(ref, { signal, ...(!problem && { ahead }) })
    // Where an existing container joins one of the operator's, that one is left alone.
    if (found?.identity.kind === 'ours' && isCutOff(found)) {
      await this.#reconnect(fn, found, signal)
      problem = await this.#call(ref, { verb: 'start', ms: Infinity, signal })
      found = await this.#find(ref, { signal })
    }
    if (found?.info.State.Paused) {
      problem = await this.#call(ref, { verb: 'unpause', ms: LIMITS.resumeMs, signal })
      found = await this.#find(ref, { signal })
    }
    if (!found) throw missing(problem)
    if (runs(found)) return { value: await this.#reach(fn, found), found }
    throw await this.#startFailure(found, problem)
  }

  async pause(running: Running): Promise<Ended<void>> {
    const { ref } = running
    const problem = await this.#call(ref, { verb: 'pause', ms: LIMITS.pauseMs })
    const found = problem ? await this.#find(ref) : await this.#settled(ref, 'paused')
    if (!found) throw missing(problem)
    if (found.info.State.Paused) return { value: undefined, found }
    throw runs(found) ? (problem ?? still('running')) : await this.#ended(found)
  }

  /** One call before it resolves when all is well: a thaw changes no address. */
  async resume(running: Running): Promise<Ended<Running>> {
    const { ref } = running
    const problem = await this.#call(ref, { verb: 'unpause', ms: LIMITS.resumeMs })
    if (!problem) return { value: running, found: this.#settled(ref, 'running') }
    const found = await this.#find(ref)
    if (!found) throw missing(problem)
    if (runs(found)) return { value: await this.#running(found), found }
    throw found.info.State.Paused ? problem : await this.#ended(found)
  }

  /**
   * The engine sends the image's own stop signal, thaws a paused one so that it arrives, and kills after the grace,
   * which it takes in whole seconds: rounded up. An engine that refuses is asked step by step, and at last kills.
   */
  async stop(ref: InstanceRef, graceMs: number): Promise<Ended<Exit>> {
    const seconds = Number.isFinite(graceMs) ? Math.ceil(graceMs / 1_000) : -1
    const stop: CallTo = {
      verb: 'stop',
      ms: seconds * 1_000 + LIMITS.stopSlackMs,
      options: { t: seconds },
    }
    const unhurried = seconds < 0 ? { ...stop, ms: Infinity } : stop
    const ways: readonly (readonly CallTo[])[] = [
      [unhurried],
      [{ verb: 'unpause', ms: LIMITS.resumeMs }, unhurried],
      [{ verb: 'kill', ms: LIMITS.stopSlackMs }],
    ]
    let problem: RuntimeError | undefined
    for (const way of ways) {
      for (const call of way) problem = await this.#call(ref, call)
      const found = await this.#find(ref)
      if (!found) return { value: NO_EXIT, found }
      if (!found.info.State.Running) {
        const exit = await this.#exit(found)
        return { value: exit, found, log: exit.log }
      }
    }
    throw problem ?? still('running')
  }

  /** What the engine answered is only worth telling when the look finds something else than was asked for. */
  async #call(
    ref: InstanceRef,
    { verb, ms, signal, options }: CallTo,
  ): Promise<RuntimeError | undefined> {
    try {
      const query = options === undefined ? '' : `?t=${options.t}`
      const path = `/containers/${ref.handle}/${verb}${query}`
      await this.#parts.engine.ask({ doing: `${verb} it`, ms, signal }, { method: 'POST', path })
      return undefined
    } catch (error) {
      if (signal?.aborted) throw error
      if (error instanceof RuntimeError && error.reason !== 'engine_away') return error
      throw error
    }
  }

  #find(ref: InstanceRef, parts: FindParts = {}): Promise<Found | undefined> {
    return this.#parts.containers.find(ref.handle, parts)
  }

  /** By name, since only the container itself knows the id. Never rejects. */
  #lookAhead(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): FindParts['ahead'] {
    if (fn.spec.k !== 'image' || !fn.spec.sandbox) return undefined
    const name = sandboxName(ref.fn, ref.instance)
    return this.#parts.containers.inspect(name, signal).catch(() => undefined)
  }

  /** Its network went with its sandbox: what still runs in it is ended, and the sandbox started again. */
  async #reconnect(fn: FunctionSpec, found: Found, signal: AbortSignal): Promise<void> {
    const { info, network, identity } = found
    if (isUp(info)) await this.stop(identity.ref, fn.stop.graceMs)
    if (!network) throw missing(undefined)
    await this.#parts.sandboxes.start(network.Id, signal)
  }

  /** A look after a pause or a thaw that succeeded; what contradicts it is believed when it lasts. */
  async #settled(ref: InstanceRef, expected: 'paused' | 'running'): Promise<Found | undefined> {
    const other = expected === 'paused' ? 'running' : 'paused'
    for (let looks = 1; ; looks += 1) {
      const found = await this.#find(ref)
      if (found?.info.State.Status !== other || looks === DOCKER_LIMITS.settleLooksMax) return found
      await sleep(this.#parts.clock, DOCKER_LIMITS.settleStepMs)
    }
  }

  async #running(found: Found): Promise<Running> {
    return runningOf({ ...found, vantage: await this.#parts.containers.vantage() })
  }

  /** What cannot be reached shall not run on unseen: it is stopped again. */
  async #reach(fn: FunctionSpec, found: Found): Promise<Running> {
    try {
      return await this.#running(found)
    } catch (error) {
      await this.stop(found.identity.ref, fn.stop.graceMs).catch(() => undefined)
      throw error
    }
  }

  async #exit({ info }: Found): Promise<Exit> {
    const started = info.State.Status !== 'created'
    return exitOf(info, started ? await this.#parts.containers.logs(info.Id) : [])
  }

  async #ended(found: Found): Promise<RuntimeError> {
    const exit = await this.#exit(found)
    const { reason, message } = meaningOf(exit)
    return new RuntimeError(reason, message, exit.log)
  }

  async #startFailure(found: Found, problem: RuntimeError | undefined): Promise<RuntimeError> {
    const { Status: status, Error: message } = found.info.State
    if (problem) return problem
    return status === 'created' ? engineError('start it', message) : this.#ended(found)
  }

  /** A socket left by an earlier run would keep the next one from listening; that of a running one stays. */
  async #clearSocket(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<void> {
    const { sockets } = this.#parts
    if (fn.spec.k !== 'image' || fn.spec.listening.k !== 'socket') return
    const path = await sockets.left(ref.instance, fn.spec.listening.path)
    if (path === undefined) return
    const found = await this.#find(ref, { signal })
    if (found && !found.info.State.Running) await sockets.clear(path)
  }
}

const runs = ({ info }: Found): boolean => info.State.Status === 'running'

const missing = (cause: RuntimeError | undefined): RuntimeError => {
  const message = 'its container no longer exists: the next start looks for it, or makes it, anew'
  return new RuntimeError('container_missing', message, [], { cause })
}

const still = (state: string): RuntimeError =>
  new RuntimeError('failed', `its container is still ${state}: the engine's own log may say why`)

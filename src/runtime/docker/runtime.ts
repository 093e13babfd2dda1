/**
 * Instances as containers of a Docker engine: made from an image with safe defaults, or existing ones by name.
 * The result of a command is what an inspect finds afterwards, never the status of the answer.
 */

import type { FunctionSpec } from '../../domain/function.ts'
import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import { sleep } from '../../lib/clock.ts'
import type { Events } from '../../telemetry/events.ts'
import { RuntimeError } from '../runtime.ts'
import type { Exit, Fact, Gone, InstanceRef, Placer, Present, Running, Watch } from '../runtime.ts'
import { ContainerWatch } from './container-watch.ts'
import { Containers } from './containers.ts'
import { Engine } from './engine.ts'
import type { EngineParts } from './engine.ts'
import { NO_RUN } from './facts.ts'
import { Images } from './images.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { Maker } from './maker.ts'
import { ContainerMemory, statsOf } from './memory.ts'
import { Output } from './output.ts'
import { Sandboxes } from './sandboxes.ts'
import { Sockets } from './sockets.ts'
import { Upkeep } from './upkeep.ts'
import { ownContainer } from './vantage.ts'
import { Verbs } from './verbs.ts'
import type { Ended } from './verbs.ts'

export interface DockerParts extends EngineParts {
  readonly platform: string
  readonly owner: OwnerId
  /** Signs the labels of containers; kept in the state directory, 0600. */
  readonly key: Uint8Array
  /** Absolute; directories of unix sockets are made in it. */
  readonly runDir: string
  /** Absolute paths of the gateway's that no function gets to see, besides those of the engine. */
  readonly guarded?: readonly string[]
  readonly events: Events
  /** The id of the container that the gateway runs in; found out when left out. */
  readonly self?: () => Promise<string | undefined>
}

export class DockerRuntime implements Placer {
  readonly name = 'docker'
  readonly place = 'each'
  readonly can = { pause: true, keepStopped: true, adopt: true } as const
  readonly #parts: DockerParts
  readonly #engine: Engine
  readonly #containers: Containers
  readonly #images: Images
  readonly #maker: Maker
  readonly #verbs: Verbs
  readonly #upkeep: Upkeep
  readonly #output: Output
  readonly #memory: ContainerMemory
  readonly #watches = new Set<ContainerWatch>()

  /** Asks nothing of the engine yet, which may be away. */
  constructor(parts: DockerParts) {
    const { platform, self = ownContainer, runDir } = parts
    const engine = new Engine(parts)
    const images = new Images({ ...parts, engine })
    const imageId = (image: string): string | undefined => images.idOf(image)
    const containers = new Containers({ ...parts, engine, platform, self, imageId })
    const sockets = new Sockets(runDir)
    this.#parts = parts
    this.#engine = engine
    this.#containers = containers
    this.#images = images
    const sandboxes = new Sandboxes({ ...parts, engine, containers })
    const maker = new Maker({ ...parts, engine, containers, images, sandboxes, sockets })
    this.#maker = maker
    this.#verbs = new Verbs({ ...parts, engine, containers, sandboxes, sockets })
    this.#upkeep = new Upkeep({
      containers,
      sandboxes,
      isMaking: (id) => maker.isMaking(id),
      stop: (ref, graceMs) => this.stop(ref, graceMs),
      remove: (ref) => this.remove(ref),
    })
    this.#output = new Output({ ...parts, engine })
    this.#memory = new ContainerMemory({ stats: statsOf(engine) })
  }

  /** Only this gateway's own containers are watched, so `owner` is the one that signs. */
  watch(
    owner: OwnerId,
    functions: () => readonly FunctionSpec[],
    sink: (fact: Fact) => void,
  ): Watch {
    if (owner !== this.#parts.owner)
      throw new RuntimeError('refused', `containers of ${owner} are signed with another key`)
    this.#containers.follow(functions)
    const watch = new ContainerWatch({
      engine: this.#engine,
      containers: this.#containers,
      images: this.#images,
      upkeep: this.#upkeep,
      clock: this.#parts.clock,
      sink: (fact) => {
        this.#output.fact(fact)
        this.#memory.fact(fact)
        sink(fact)
      },
      notice: (message) => this.#notice(message),
    })
    this.#watches.add(watch)
    return {
      relist: () => watch.relist(),
      close: () => {
        this.#watches.delete(watch)
        watch.close()
      },
    }
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close()
    this.#watches.clear()
    this.#output.close()
    this.#engine.close()
  }

  async prepare(fn: FunctionSpec, signal: AbortSignal): Promise<void> {
    if (fn.spec.k === 'image') await this.#images.prepare(fn, fn.spec, signal)
  }

  async create(fn: FunctionSpec, id: InstanceId, signal: AbortSignal): Promise<InstanceRef> {
    const { spec } = fn
    if (spec.k === 'image') {
      const ref = await this.#maker.make({ fn, spec, id }, signal)
      // Told without asking: the engine would only repeat what was just ordered, and the start waits for this.
      for (const { ledger } of this.#watches) {
        ledger.tell(ref.handle, {
          k: 'present',
          ref,
          revision: fn.revision,
          phase: 'created',
          run: NO_RUN,
        })
      }
      return ref
    }
    if (spec.k !== 'container')
      throw new RuntimeError('refused', 'it declares neither an image nor a container')
    const handle = await this.#maker.lookUp(spec.container, signal)
    this.#containers.name(fn, spec.container, id)
    return { instance: id, fn: fn.id, handle }
  }

  start(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Running> {
    return this.#command(ref, ['start', 'unpause'], () => this.#verbs.start(fn, ref, signal))
  }

  /** An address on the engine's network belongs to its container alone; what is left is the image's own health check. */
  async vouch({ ref }: Running, signal: AbortSignal): Promise<void> {
    const fn = this.#containers.functions.find(({ id }) => id === ref.fn)
    if (!fn?.readiness.healthcheck) return
    for (;;) {
      const found = await this.#containers.find(ref.handle, { signal })
      const health = found?.info.State.Health
      if (!health || health.Status === 'healthy' || health.Status === 'none') return
      await sleep(this.#parts.clock, DOCKER_LIMITS.healthStepMs, signal)
    }
  }

  pause(running: Running): Promise<void> {
    return this.#command(running.ref, ['pause'], () => this.#verbs.pause(running))
  }

  resume(running: Running): Promise<Running> {
    return this.#command(running.ref, ['unpause'], () => this.#verbs.resume(running))
  }

  stop(ref: InstanceRef, graceMs: number): Promise<Exit> {
    return this.#command(ref, ['die', 'unpause'], () => this.#verbs.stop(ref, graceMs))
  }

  async remove(ref: InstanceRef): Promise<void> {
    if ((await this.#maker.remove(ref)) === 'left') return
    for (const { ledger } of this.#watches) ledger.gone(ref.handle)
  }

  async inspect(ref: InstanceRef, signal: AbortSignal): Promise<Present | Gone> {
    const found = await this.#containers.find(ref.handle, { signal })
    return found ? this.#containers.fact(found) : { k: 'gone', ref }
  }

  logs(ref: InstanceRef): Promise<readonly string[]> {
    return this.#containers.logs(ref.handle)
  }

  memory(): Promise<ReadonlyMap<InstanceId, number>> {
    return this.#memory.read()
  }

  /** One look serves the caller and the watches: while it is out, the events that it causes need none of their own. */
  async #command<T>(
    ref: InstanceRef,
    expected: readonly string[],
    run: () => Promise<Ended<T>>,
  ): Promise<T> {
    const ledgers = [...this.#watches].map(({ ledger }) => ledger)
    for (const ledger of ledgers) ledger.begin(ref.handle, expected)
    const end = (fact?: Fact): void => {
      for (const ledger of ledgers) ledger.end(ref.handle, fact)
    }
    try {
      const ended = await run()
      const telling = this.#factOf(ref, ended).then(end, () => end())
      // What is still being looked at holds nobody up: until then the watch says nothing of it.
      if (!(ended.found instanceof Promise)) await telling
      return ended.value
    } catch (error) {
      end()
      throw error
    }
  }

  async #factOf(ref: InstanceRef, { found, log }: Ended<unknown>): Promise<Fact> {
    const there = await found
    return there ? this.#containers.fact(there, log) : { k: 'gone', ref }
  }

  #notice(message: string): void {
    this.#parts.events.emit({ k: 'notice', at: this.#parts.clock.wall(), level: 'warn', message })
  }
}

/** Makes and removes containers. Only what carries our signature is ever removed. */

import type { ImageSpec } from '../../domain/function.ts'
import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import { RuntimeError } from '../runtime.ts'
import type { InstanceRef } from '../runtime.ts'
import { claimLabels, imageLabel } from './claim.ts'
import type { Containers } from './containers.ts'
import { connectNetworks, createContainer, removeContainer } from './creation.ts'
import type { Engine } from './engine.ts'
import { joinedBy, sightingOf } from './facts.ts'
import type { Images } from './images.ts'
import type { Sandboxes } from './sandboxes.ts'
import { createRequest, refuseDangerous } from './shape.ts'
import type { Order } from './shape.ts'
import type { Sockets } from './sockets.ts'

export interface MakerParts {
  readonly clock: Clock
  readonly engine: Engine
  readonly containers: Containers
  readonly images: Images
  readonly sandboxes: Sandboxes
  readonly sockets: Sockets
  readonly owner: OwnerId
  readonly key: Uint8Array
  readonly guarded?: readonly string[] | undefined
}

export class Maker {
  readonly #parts: MakerParts
  readonly #making = new Set<InstanceId>()
  /** What was found to give nothing away when it was looked at last. */
  readonly #harmless = new WeakSet<ImageSpec>()

  constructor(parts: MakerParts) {
    this.#parts = parts
  }

  /** A new container that does not run, with its sandbox, which does. Whoever gives up leaves nothing behind. */
  async make(order: Order, signal: AbortSignal): Promise<InstanceRef> {
    const { fn, spec, id } = order
    const { sandboxes } = this.#parts
    const ref = (handle: string): InstanceRef => ({ instance: id, fn: fn.id, handle })
    const isHarmless = !spec.sandbox && this.#harmless.has(spec)
    const checking = isHarmless ? this.#checkBeside(spec) : this.#check(spec)
    if (!isHarmless) await checking
    if (!spec.sandbox) {
      const handle = await this.#create(order, undefined, signal)
      return this.#connected(ref(handle), { spec, checking }, signal)
    }
    this.#making.add(id)
    try {
      const sandbox = await sandboxes.make(order, signal)
      // Both at once: the container only has to know its sandbox, which takes far longer to start.
      const [made, started] = await Promise.allSettled([
        this.#create(order, sandbox, signal),
        sandboxes.start(sandbox, signal),
      ])
      if (made.status === 'fulfilled' && started.status === 'fulfilled') return ref(made.value)
      if (made.status === 'fulfilled') await this.remove(ref(made.value)).catch(() => undefined)
      await sandboxes.remove(sandbox, id).catch(() => undefined)
      throw [made, started].find((end) => end.status === 'rejected')?.reason
    } finally {
      this.#making.delete(id)
    }
  }

  /** Whether its container and its sandbox are being made: one of them may stand alone. */
  isMaking(id: InstanceId): boolean {
    return this.#making.has(id)
  }

  /** The container that exists already. Throws `container_missing` with advice. */
  async lookUp(name: string, signal: AbortSignal): Promise<string> {
    const info = await this.#parts.containers.inspect(name, signal)
    if (info) return info.Id
    throw new RuntimeError(
      'container_missing',
      `there is no container "${name}": make it (docker create, docker compose create), or declare an image`,
    )
  }

  /** Removes one of ours with its anonymous volumes and its sandbox, running or not. Others are left alone; what is gone is fine. */
  async remove({ handle, instance }: InstanceRef): Promise<'removed' | 'left'> {
    const { engine, containers, sandboxes, sockets } = this.#parts
    const info = await containers.inspect(handle)
    if (info && containers.identify(sightingOf(info))?.kind !== 'ours') return 'left'
    if (info) {
      await removeContainer(engine, handle)
      const sandbox = joinedBy(info.HostConfig.NetworkMode)
      if (sandbox !== undefined) await sandboxes.remove(sandbox, instance)
    }
    await sockets.remove(instance)
    return 'removed'
  }

  /** When the image went away since it was prepared, it is prepared once more. */
  async #create(order: Order, sandbox: string | undefined, signal: AbortSignal): Promise<string> {
    const { fn, spec, id } = order
    const { engine, images } = this.#parts
    signal.throwIfAborted()
    const creation = {
      doing: 'make a container for it',
      body: await this.#request(order, sandbox),
      undo: (handle: string) => this.remove({ instance: id, fn: fn.id, handle }),
    }
    return createContainer(engine, creation, signal).catch(async (error: unknown) => {
      if (!(error instanceof RuntimeError) || error.reason !== 'image_missing') throw error
      images.forget(spec.image)
      await images.prepare(fn, spec, signal)
      const body = await this.#request(order, sandbox)
      return createContainer(engine, { ...creation, body }, signal)
    })
  }

  /** Rejects where a volume would give this machine away. */
  async #check(spec: ImageSpec): Promise<void> {
    const { engine, guarded = [] } = this.#parts
    const { address } = await engine.connect()
    try {
      await refuseDangerous(spec, [...guarded, ...(address.k === 'socket' ? [address.path] : [])])
      this.#harmless.add(spec)
    } catch (error) {
      this.#harmless.delete(spec)
      throw error
    }
  }

  /**
   * What was harmless before is looked at again while the create is out: it takes 1.5 ms that a request would wait for. The
   * container is removed where that has changed, and is never started.
   */
  #checkBeside(spec: ImageSpec): Promise<void> {
    const turn = new Promise<void>((resolve) => this.#parts.clock.turn(resolve))
    const checking = turn.then(() => this.#check(spec))
    // Where the create fails nobody asks any more.
    checking.catch(() => undefined)
    return checking
  }

  async #connected(
    ref: InstanceRef,
    { spec, checking }: { spec: ImageSpec; checking: Promise<void> },
    signal: AbortSignal,
  ): Promise<InstanceRef> {
    const { engine } = this.#parts
    try {
      await checking
      await connectNetworks(engine, { id: ref.handle, networks: spec.networks }, signal)
      return ref
    } catch (error) {
      await this.remove(ref).catch(() => undefined)
      throw error
    }
  }

  async #request({ fn, spec, id }: Order, sandbox: string | undefined) {
    const { containers, images, sockets, owner, key } = this.#parts
    const { listening, reach } = spec
    const of = { owner, fn: fn.id, instance: id, revision: fn.revision, listening, reach }
    const socketDir = listening.k === 'socket' ? await sockets.make(id, listening.path) : undefined
    const vantage = await containers.vantage()
    const labels = {
      ...claimLabels({ role: 'instance', ...of }, key),
      ...imageLabel(images.idOf(spec.image)),
    }
    return createRequest({ fn, spec, id, labels, vantage, socketDir, sandbox })
  }
}

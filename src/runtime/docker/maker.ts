/** Makes and removes containers. Only what carries our signature is ever removed. */

import type { FunctionSpec, ImageSpec } from '../../domain/function.ts'
import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import { RuntimeError } from '../runtime.ts'
import type { InstanceRef } from '../runtime.ts'
import { claimLabels, imageLabel } from './claim.ts'
import type { Containers } from './containers.ts'
import { statusOf } from './engine-error.ts'
import type { Engine } from './engine.ts'
import { sightingOf } from './facts.ts'
import type { Images } from './images.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { createRequest, refuseDangerous } from './shape.ts'
import type { Sockets } from './sockets.ts'

export interface MakerParts {
  readonly engine: Engine
  readonly containers: Containers
  readonly images: Images
  readonly sockets: Sockets
  readonly owner: OwnerId
  readonly key: Uint8Array
  readonly guarded?: readonly string[] | undefined
}

/** One instance to make. */
export interface Order {
  readonly fn: FunctionSpec
  readonly spec: ImageSpec
  readonly id: InstanceId
}

export class Maker {
  readonly #parts: MakerParts

  constructor(parts: MakerParts) {
    this.#parts = parts
  }

  /** A new container that does not run. When the image went away since it was prepared, it is prepared once more. */
  async make(order: Order, signal: AbortSignal): Promise<InstanceRef> {
    const { fn, spec, id } = order
    const { engine, images, guarded = [] } = this.#parts
    const { address } = await engine.connect()
    await refuseDangerous(spec, [...guarded, ...(address.k === 'socket' ? [address.path] : [])])
    const handle = await this.#create(order, signal).catch(async (error: unknown) => {
      if (!(error instanceof RuntimeError) || error.reason !== 'image_missing') throw error
      images.forget(spec.image)
      await images.prepare(fn, spec, signal)
      return this.#create(order, signal)
    })
    const ref = { instance: id, fn: fn.id, handle }
    try {
      for (const network of spec.networks.slice(1)) await this.#connect(network, handle, signal)
    } catch (error) {
      await this.remove(ref).catch(() => undefined)
      throw error
    }
    return ref
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

  /** Removes one of ours with its anonymous volumes, running or not. Others are left alone; what is gone is fine. */
  async remove({ handle, instance }: InstanceRef): Promise<'removed' | 'left'> {
    const { engine, containers, sockets } = this.#parts
    const info = await containers.inspect(handle)
    if (info && containers.identify(sightingOf(info))?.kind !== 'ours') return 'left'
    if (info) {
      await engine.call(
        { doing: `remove container ${handle}`, ms: DOCKER_LIMITS.removeMs },
        async (docker, abortSignal) => {
          try {
            await docker
              .getContainer(handle)
              .remove({ v: true, force: true, abortSignal } as object)
          } catch (error) {
            // Gone, or somebody else is removing it.
            if (![404, 409].includes(statusOf(error) ?? 0)) throw error
          }
        },
      )
    }
    await sockets.remove(instance)
    return 'removed'
  }

  /**
   * The create call itself is not cancelled: an engine that had begun would leave a container that nobody knows
   * of. Whoever gives up leaves at once, and what is made then is removed.
   */
  async #create(order: Order, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    const body = await this.#request(order)
    signal.throwIfAborted()
    const { name, ...rest } = body
    const made = this.#parts.engine.call(
      { doing: 'make a container for it', ms: DOCKER_LIMITS.createMs },
      // Spelled out, since the client library would put all of it into the address, environment included.
      (docker, abortSignal) =>
        docker.createContainer({ _query: { name }, _body: rest, abortSignal } as object),
    )
    const { promise: left, reject } = Promise.withResolvers<never>()
    const leave = (): void => {
      reject(signal.reason)
      const undo = ({ id }: { id: string }): Promise<unknown> =>
        this.remove({ instance: order.id, fn: order.fn.id, handle: id })
      made.then(undo).catch(() => undefined)
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      return (await Promise.race([made, left])).id
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  async #request({ fn, spec, id }: Order) {
    const { containers, images, sockets, owner, key } = this.#parts
    const { listening, reach } = spec
    const claim = { owner, fn: fn.id, instance: id, revision: fn.revision, listening, reach }
    const socketDir = listening.k === 'socket' ? await sockets.make(id, listening.path) : undefined
    const vantage = await containers.vantage()
    const labels = { ...claimLabels(claim, key), ...imageLabel(images.idOf(spec.image)) }
    return createRequest({ fn, spec, id, labels, vantage, socketDir })
  }

  #connect(network: string, container: string, signal: AbortSignal): Promise<unknown> {
    return this.#parts.engine.call(
      { doing: `connect to network ${network}`, ms: DOCKER_LIMITS.createMs, signal },
      (docker, abortSignal) =>
        docker
          .getNetwork(encodeURIComponent(network))
          .connect({ Container: container, abortSignal } as object),
    )
  }
}

/**
 * Sandboxes: a container beside an instance's own that holds its network (namespace, address, published port) while
 * the instance does not run, so that a start only joins it. It is made, started and removed with its instance.
 */

import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import { RuntimeError } from '../runtime.ts'
import { claimLabels } from './claim.ts'
import type { Containers } from './containers.ts'
import { connectNetworks, createContainer, removeContainer } from './creation.ts'
import { engineError } from './engine-error.ts'
import type { Engine } from './engine.ts'
import { sightingOf } from './facts.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { jsonLines } from './lines.ts'
import {
  SANDBOX_REPOSITORY,
  sandboxArchive,
  sandboxProgram,
  sandboxTag,
} from './sandbox-program.ts'
import { sandboxRequest } from './shape.ts'
import type { Order } from './shape.ts'

export interface SandboxesParts {
  readonly engine: Engine
  readonly containers: Containers
  readonly owner: OwnerId
  readonly key: Uint8Array
}

export class Sandboxes {
  readonly #parts: SandboxesParts
  /** One import for all who wait for it. */
  #importing: Promise<void> | undefined

  constructor(parts: SandboxesParts) {
    this.#parts = parts
  }

  /** A new one that does not run. Its image is made on the engine where it is missing. */
  async make(order: Order, signal: AbortSignal): Promise<string> {
    const { engine } = this.#parts
    const program = sandboxProgram((await engine.connect()).architecture)
    const body = await this.#request(order, `${SANDBOX_REPOSITORY}:${sandboxTag(program)}`)
    const creation = {
      doing: 'make a sandbox for it',
      body,
      undo: (id: string) => removeContainer(engine, id),
    }
    const id = await createContainer(engine, creation, signal).catch(async (error: unknown) => {
      if (!(error instanceof RuntimeError) || error.reason !== 'image_missing') throw error
      await this.#import(program)
      return createContainer(engine, creation, signal)
    })
    try {
      await connectNetworks(engine, { id, networks: order.spec.networks }, signal)
    } catch (error) {
      await removeContainer(engine, id).catch(() => undefined)
      throw error
    }
    return id
  }

  /** Resolves when it runs, also when it did. */
  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.#parts.engine.call(
      { doing: 'start its sandbox', ms: Infinity, signal },
      (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }),
    )
  }

  /** Removes the instance's sandbox, running or not. What is not ours, or another's, is left alone. */
  async remove(id: string, instance: InstanceId): Promise<void> {
    const { containers, engine } = this.#parts
    const info = await containers.inspect(id)
    if (!info || containers.sandboxClaim(sightingOf(info))?.instance !== instance) return
    await removeContainer(engine, id)
  }

  async #request({ fn, spec, id }: Order, image: string) {
    const { containers, owner, key } = this.#parts
    const { listening, reach } = spec
    const of = { owner, fn: fn.id, instance: id, revision: fn.revision, listening, reach }
    const labels = claimLabels({ role: 'sandbox', ...of }, key)
    return sandboxRequest({ fn, spec, id, labels, image, vantage: await containers.vantage() })
  }

  #import(program: Buffer): Promise<void> {
    const parts = { doing: 'make the image of sandboxes', ms: DOCKER_LIMITS.createMs }
    this.#importing ??= this.#parts.engine
      .call(parts, async (docker, abortSignal) => {
        const options = { repo: SANDBOX_REPOSITORY, tag: sandboxTag(program), abortSignal }
        // The published types know only streams and paths; the library takes bytes as well.
        const archive = sandboxArchive(program) as unknown as NodeJS.ReadableStream
        for await (const line of jsonLines(await docker.importImage(archive, options))) {
          const error = (line as { error?: unknown }).error
          if (typeof error === 'string') throw engineError(parts.doing, error)
        }
      })
      .finally(() => {
        this.#importing = undefined
      })
    return this.#importing
  }
}

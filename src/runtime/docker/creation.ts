/**
 * The one call that makes a container. It is not cancelled: an engine that had begun would leave a container that
 * nobody knows of. Whoever gives up leaves at once, and what is made then is undone.
 */

import type Docker from 'dockerode'
import { statusOf } from './engine-error.ts'
import type { Engine } from './engine.ts'
import { DOCKER_LIMITS } from './limits.ts'

export interface Creation {
  /** Completes "could not …". */
  readonly doing: string
  readonly body: Docker.ContainerCreateOptions
  /** Removes what was made after its caller had left. */
  readonly undo: (id: string) => Promise<unknown>
}

/** What the engine answers. */
interface Created {
  readonly Id: string
}

/** The id of the new container. Rejects with the signal's reason as soon as it is aborted. */
export async function createContainer(
  engine: Engine,
  { doing, body, undo }: Creation,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  const { name, ...rest } = body
  const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`
  const order = { method: 'POST', path: `/containers/create${query}`, body: rest } as const
  const made = engine.ask({ doing, ms: DOCKER_LIMITS.createMs }, order) as Promise<Created>
  const { promise: left, reject } = Promise.withResolvers<never>()
  const leave = (): void => {
    reject(signal.reason)
    made.then(({ Id: id }) => undo(id)).catch(() => undefined)
  }
  signal.addEventListener('abort', leave, { once: true })
  try {
    return (await Promise.race([made, left])).Id
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** The networks beyond the first, which stands in the request itself. */
export async function connectNetworks(
  engine: Engine,
  { id, networks }: { id: string; networks: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  for (const network of networks.slice(1)) {
    await engine.call(
      { doing: `connect to network ${network}`, ms: DOCKER_LIMITS.createMs, signal },
      (docker, abortSignal) =>
        docker
          .getNetwork(encodeURIComponent(network))
          .connect({ Container: id, abortSignal } as object),
    )
  }
}

/** Removes it with its anonymous volumes, running or not. What is gone, or being removed by somebody else, is fine. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  await engine.call(
    { doing: `remove container ${id}`, ms: DOCKER_LIMITS.removeMs },
    async (docker, abortSignal) => {
      try {
        await docker.getContainer(id).remove({ v: true, force: true, abortSignal } as object)
      } catch (error) {
        if (![404, 409].includes(statusOf(error) ?? 0)) throw error
      }
    },
  )
}

/**
 * What is left where a container or its sandbox ended without the other: after a crash between making the two, a
 * prune, an engine's restart, or somebody's hand. Each is ended or removed; a start makes good what it needs.
 */

import type { InstanceId } from '../../domain/ids.ts'
import type { InstanceRef } from '../runtime.ts'
import type { Containers, ListedSandbox, Listing } from './containers.ts'
import type { Sandboxes } from './sandboxes.ts'
import { containerName } from './shape.ts'
import { isCutOff, isUp } from './vantage.ts'

export interface UpkeepParts {
  readonly containers: Containers
  readonly sandboxes: Sandboxes
  /** Whether its containers are being made: one of them may stand alone. */
  readonly isMaking: (id: InstanceId) => boolean
  readonly stop: (ref: InstanceRef, graceMs: number) => Promise<unknown>
  readonly remove: (ref: InstanceRef) => Promise<unknown>
}

/** The engine's words for a container that has processes. */
const UP: ReadonlySet<string> = new Set(['running', 'paused'])

export class Upkeep {
  readonly #parts: UpkeepParts

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  /** Looks through a list of all of ours. Rejects with the engine's failure, or with the signal's reason. */
  async sweep({ instances, sandboxes }: Listing, signal: AbortSignal): Promise<void> {
    const joined = new Set(instances.map((instance) => instance.joined))
    const states = new Map(sandboxes.map(({ id, state }) => [id, state]))
    for (const sandbox of sandboxes) {
      signal.throwIfAborted()
      if (!joined.has(sandbox.id)) await this.#orphaned(sandbox)
    }
    for (const { identity, joined: network, state } of instances) {
      signal.throwIfAborted()
      if (network === undefined || identity.kind !== 'ours') continue
      const found = states.get(network)
      // A sandbox that merely stopped is started with the next start of its instance.
      if (found === undefined || (UP.has(state) && !UP.has(found))) await this.cutOff(identity.ref)
    }
  }

  /**
   * The sandbox of an instance has ended, or is gone: what still runs without a network is ended, so that the next
   * request gets another run instead of silence; and what cannot be started any more is removed.
   */
  async cutOff({ handle }: InstanceRef): Promise<void> {
    const { containers, stop, remove } = this.#parts
    const found = await containers.find(handle)
    if (found?.identity.kind !== 'ours' || !isCutOff(found)) return
    const { ref } = found.identity
    const fn = containers.functions.find(({ id }) => id === ref.fn)
    if (isUp(found.info)) await stop(ref, fn?.stop.graceMs ?? 0)
    if (!found.network) await remove(ref)
  }

  /** Looked for by name as well: between the list and now its container may have been made. */
  async #orphaned({ id, claim: { fn, instance } }: ListedSandbox): Promise<void> {
    const { containers, sandboxes, isMaking } = this.#parts
    if (isMaking(instance)) return
    const container = await containers.inspect(containerName(fn, instance))
    if (!container) await sandboxes.remove(id, instance)
  }
}

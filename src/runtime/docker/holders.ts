/**
 * Which container stands for which instance. Labels can be copied, signature and all: `docker commit` does it, and
 * whoever may look at a container can. The first container that carries the instance's name holds it, and no other.
 */

import type { InstanceId } from '../../domain/ids.ts'
import type { Identity, Sighting } from './facts.ts'
import { containerName } from './shape.ts'

export class Holders {
  /** Ids of containers, as many as there are containers of ours. */
  readonly #ids = new Map<InstanceId, string>()

  /** Whether the container is what it says. One that was renamed stays it for as long as this process has seen it before. */
  admits({ kind, ref: { instance, fn } }: Identity, { id, name }: Sighting): boolean {
    if (kind === 'existing') return true
    const holder = this.#ids.get(instance)
    if (holder !== undefined) return holder === id
    if (name !== containerName(fn, instance)) return false
    this.#ids.set(instance, id)
    return true
  }

  /** Forgets the containers that no longer exist. */
  retain(ids: ReadonlySet<string>): void {
    for (const [instance, id] of this.#ids) if (!ids.has(id)) this.#ids.delete(instance)
  }
}

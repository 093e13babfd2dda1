/** A promise about what is kept beyond its time, as a spare or ready to be started: when it is needless it goes soon. */

import { LIMITS } from './true-limits.ts'
import type { InstanceStatus } from '../../src/domain/status.ts'
import { functionSpec } from '../support/function-spec.ts'
import { type Moment, type Watcher, fail } from './moment.ts'

const { stopAfterMs } = functionSpec().idle
/** Between two looks at what is kept. */
const LOOK_MS = LIMITS.keptLookMs + 2 * LIMITS.rearmMs
const RESTING: ReadonlySet<string> = new Set(['ready', 'pausing', 'paused', 'dormant'])
const NOT_RUNNING: ReadonlySet<string> = new Set(['preparing', 'dormant', 'stopped', 'stopping'])

export class KeptPromises implements Watcher {
  /** Since when each is idle, as far as it was looked at. */
  readonly #idleSince = new Map<string, number>()
  /** Since when one that is past its time is more than what is to be there. */
  readonly #needless = new Map<string, number>()

  after(m: Moment): void {
    for (const [id, since] of this.#needless)
      if (m.now - since > LOOK_MS) fail(`${id} was kept beyond its time and beyond need`)
    const before = new Map(this.#needless)
    this.#needless.clear()
    for (const i of m.scene.instances) {
      this.#rests(m, i)
      if (this.#isOverdue(m, i)) this.#needless.set(i.id, before.get(i.id) ?? m.now)
    }
  }

  #rests({ before, now }: Moment, { id, state, inFlight }: InstanceStatus): void {
    const was = before.find((i) => i.id === id)
    const isNew = state === 'ready' && was?.state !== 'ready'
    if (inFlight > 0 || !RESTING.has(state) || isNew) this.#idleSince.delete(id)
    else if (!this.#idleSince.has(id)) this.#idleSince.set(id, now)
  }

  #isOverdue({ scene, now }: Moment, i: InstanceStatus): boolean {
    const { a, instances, setting, waiting, astray, removeAfterMs } = scene
    const current = a.activator.status()[0]?.revision
    const idleMs = now - (this.#idleSince.get(i.id) ?? now)
    if (astray || i.revision !== current || waiting.length > 0) return false
    const ours = instances.filter((one) => one.revision === current)
    if (i.state === 'dormant') {
      const kept = ours.filter((one) => one.state === 'dormant').length
      return idleMs > removeAfterMs && kept > setting.prepared
    }
    const inFlight = instances.reduce((sum, one) => sum + one.inFlight, 0)
    const wanted = Math.max(setting.min, Math.ceil(inFlight / setting.concurrency))
    const there = ours.filter((one) => !NOT_RUNNING.has(one.state)).length
    const isIdle = i.state === 'ready' || i.state === 'paused'
    return isIdle && idleMs > stopAfterMs && there > Math.min(wanted + setting.spare, setting.max)
  }
}

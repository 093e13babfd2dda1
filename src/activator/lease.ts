/** A lease on one run of one instance. Given back exactly once; a second time throws. */

import type { Lease, Outcome, StartKind, WakePhases } from '../domain/admission.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { InstanceId, RunId } from '../domain/ids.ts'
import type { Instance } from './instance.ts'

export class InstanceLease implements Lease {
  readonly #instance: Instance
  readonly #epoch: number
  readonly fn: FunctionSpec
  readonly run: RunId
  readonly endpoint: Endpoint
  readonly start: StartKind
  readonly wake: WakePhases | undefined
  #released = false
  #touched = false

  /** Takes the lease: the instance must be ready and have room. */
  constructor(instance: Instance, fn: FunctionSpec, start: StartKind) {
    const { run, endpoint } = instance
    if (
      instance.state !== 'ready' ||
      instance.inFlight >= instance.concurrency ||
      !run ||
      !endpoint
    )
      throw new Error(
        `${instance.id} cannot be leased: ${instance.state}, ${instance.inFlight} in flight`,
      )
    this.#instance = instance
    this.#epoch = instance.epoch
    this.fn = fn
    this.run = run
    this.endpoint = endpoint
    this.start = start
    this.wake = start === 'cold' || start === 'resumed' ? instance.commands.phases : undefined
    instance.deliver('Leased')
  }

  get instance(): InstanceId {
    return this.#instance.id
  }

  get isReleased(): boolean {
    return this.#released
  }

  touch(): void {
    if (this.#released || !this.#current) return
    this.#instance.activity.touched(!this.#touched)
    this.#touched = true
    if (this.#instance.state === 'paused') this.#instance.deliver('Wanted')
  }

  release(outcome: Outcome): void {
    if (this.#released) throw new Error(`lease on ${this.#instance.id} released twice`)
    this.#released = true
    // The run is over: whatever the instance is now, this lease no longer counts on it.
    if (!this.#current) return
    if (this.#touched) this.#instance.activity.untunnelled()
    // Counted first: the place that becomes free is not given to the next one when it leads nowhere.
    if (outcome.k === 'failed' && outcome.code === 'UPSTREAM_UNREACHABLE')
      this.#instance.refused(true)
    else if (outcome.k === 'done') this.#instance.refused(false)
    const brokeOff = outcome.k === 'failed' && outcome.code === 'UPSTREAM_CLOSED'
    if (brokeOff) this.#instance.activity.brokeOff(() => this.#giveBack())
    else this.#giveBack()
  }

  #giveBack(): void {
    if (this.#current) this.#instance.deliver('Released')
  }

  get #current(): boolean {
    return this.#epoch === this.#instance.epoch
  }
}

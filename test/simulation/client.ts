/** A held request that notices every broken promise: granted twice, after it left, or on a run that cannot serve. */

import type { Lease, Outcome, Refusal, Ticket, Waiter } from '../../src/domain/admission.ts'
import type { Scene } from './scene.ts'

type Fate = 'new' | 'waiting' | 'leased' | 'over'

const REFUSALS_MAX = 2

export class Client implements Waiter {
  readonly #scene: Scene
  #fate: Fate = 'new'
  #ticket: Ticket | undefined
  lease: Lease | undefined
  /** The connection is gone, and nobody has told the activator. */
  gone = false
  touched = false
  /** When it began to wait, monotonic ms. */
  since = Infinity

  constructor(scene: Scene) {
    this.#scene = scene
  }

  get isWaiting(): boolean {
    return this.#fate === 'waiting'
  }
  get isOver(): boolean {
    return this.#fate === 'over'
  }

  began(): void {
    this.#fate = 'waiting'
    this.since = this.#scene.a.clock.now()
  }

  held(ticket: Ticket): void {
    this.#ticket = ticket
  }

  granted(lease: Lease): boolean {
    const wasNew = this.#fate === 'new'
    if (!wasNew && this.#fate !== 'waiting') this.#broken(`granted when it was ${this.#fate}`)
    if (!wasNew && !this.#ticket) this.#broken('granted in the turn of its call')
    if (this.gone) {
      this.#fate = 'over'
      return false
    }
    this.#fate = 'leased'
    this.lease = lease
    this.#look(lease)
    return true
  }

  refused(_refusal: Refusal): void {
    if (this.#fate !== 'waiting') this.#broken(`refused when it was ${this.#fate}`)
    this.#fate = 'over'
  }

  leave(): void {
    this.#fate = 'over'
    this.#ticket?.leave('gone')
    this.#ticket?.leave('gone')
  }

  vanish(): void {
    this.gone = true
  }

  release(outcome: Outcome): void {
    const { lease } = this
    if (!lease) return
    this.lease = undefined
    this.#fate = 'over'
    const { refusals } = this.#scene
    const proof = this.#proofOf(lease)
    if (outcome.k === 'failed') refusals.set(proof, (refusals.get(proof) ?? 0) + 1)
    else refusals.delete(proof)
    lease.release(outcome)
  }

  /** A lease promises a run that was ready, was not frozen or stopped by us, and has room. */
  #look(lease: Lease): void {
    const { run, instance } = lease
    const { a, leased, astray, refusals, setting } = this.#scene
    const { world } = a
    if (!world.proven.has(run)) this.#broken(`leased ${run}, which was never ready`)
    if (world.frozen.has(instance)) this.#broken(`leased ${instance}, which is frozen by us`)
    const stop = world.calls.some((c) => c.handle === instance && c.verb === 'stop')
    // Started by hand meanwhile, it is used although the end of the stop has not been told.
    if (stop && !astray && world.byHand.size > 0)
      this.#broken(`leased ${instance}, which is being stopped`)
    const inFlight = leased.filter((c) => c.lease?.run === run).length
    if (inFlight > setting.concurrency) this.#broken(`${inFlight} in flight on ${run}`)
    if ((refusals.get(this.#proofOf(lease)) ?? 0) >= REFUSALS_MAX)
      this.#broken(`leased ${run}, which refuses`)
  }

  /** A run that was probed anew is trusted anew. */
  #proofOf({ run }: Lease): string {
    return `${run} ${this.#scene.a.world.proven.get(run)}`
  }

  #broken(what: string): void {
    this.#scene.broken.push(what)
  }
}

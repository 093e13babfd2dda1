/**
 * Another function on the same host, in a world of its own that does at once what it is asked. Somebody comes for it,
 * takes a place if there is one, waits for one if not, and goes; then nothing of it is left.
 */

import { type Lease, type Ticket, type Waiter, isRefusal } from '../../src/domain/admission.ts'
import { functionId } from '../../src/domain/ids.ts'
import type { Activation } from '../support/activation.ts'
import { FakeWorld } from '../support/fake-world.ts'
import { functionSpec } from '../support/function-spec.ts'

const DAY_MS = 86_400_000

export class Neighbour implements Waiter {
  readonly world = new FakeWorld({ keepStopped: false })
  readonly fn = functionSpec({
    id: functionId('neighbour'),
    runtime: 'docker',
    hold: { timeoutMs: DAY_MS },
  })
  #lease: Lease | undefined
  #ticket: Ticket | undefined

  get isHere(): boolean {
    return this.#lease !== undefined || this.#ticket !== undefined
  }
  get waits(): boolean {
    return this.#ticket !== undefined
  }

  comes({ activator }: Activation): void {
    const answer = activator.hold(this.fn.id, this)
    if (!isRefusal(answer)) this.#ticket = answer
  }

  goes({ activator }: Activation): void {
    this.#ticket?.leave('gone')
    this.#lease?.release({ k: 'done' })
    this.#ticket = this.#lease = undefined
    activator.stop(this.fn.id)
  }

  granted(lease: Lease): boolean {
    this.#ticket = undefined
    this.#lease = lease
    return true
  }

  refused(): void {
    this.#ticket = undefined
  }
}

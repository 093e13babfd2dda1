/** A short order of events with its times: what is due after so long comes then, and not a millisecond sooner. */

import type { FunctionSpec } from '../../src/domain/function.ts'
import { Activation, type FakeWaiter } from '../support/activation.ts'
import { FakeWorld, type Verb } from '../support/fake-world.ts'
import { fail } from './moment.ts'

export class Order {
  readonly a: Activation

  /** These are answered by hand from the beginning. */
  constructor(byHand: readonly Verb[] = [], ...functions: readonly FunctionSpec[]) {
    const world = new FakeWorld()
    for (const verb of byHand) world.byHand.add(verb)
    this.a = new Activation({ world, waiters: 2_000, ...(functions[0] && { functions }) })
  }

  /** How often it was asked. */
  asked(what: string): number {
    return this.a.world.asked.filter((asked) => asked.startsWith(what)).length
  }

  async request(): Promise<FakeWaiter> {
    const waiter = this.a.request()
    await this.a.clock.flush()
    return waiter
  }

  /** Up, and idle from now on. */
  async idle(): Promise<void> {
    const waiter = await this.request()
    waiter.lease?.release({ k: 'done' })
    await this.a.clock.flush()
  }

  async fails(verb: Verb): Promise<void> {
    this.a.world.call(verb).fail()
    await this.a.clock.flush()
  }

  async outside(what: 'exit' | 'pause'): Promise<void> {
    this.a.world.outside(what, 'hello-1')
    await this.a.clock.flush()
  }

  get backoffMs(): number {
    return this.a.activator.status()[0]?.backoffMs ?? 0
  }

  /** So it is after exactly so long, and not a millisecond sooner. */
  async after(ms: number, what: string, isSo: () => boolean): Promise<void> {
    const { clock } = this.a
    await clock.pass(ms - 1)
    await clock.flush()
    if (isSo()) fail(`${what} before its time`)
    await clock.pass(1)
    await clock.flush()
    if (!isSo()) fail(`${what} is late`)
  }
}

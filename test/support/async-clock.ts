/** The fake clock for code with promises: between two timers every promise and turn that is due runs. */

import { FakeClock } from './fake-clock.ts'

/** Promises that follow each other between two turns, at most. */
const PROMISES = 18
/** Rounds after which code that never comes to rest is a failure. */
const ROUNDS_MAX = 1_000

export class AsyncClock extends FakeClock {
  /** Runs turns and promises until nothing is left that is due now. */
  async flush(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      for (let i = 0; i < PROMISES; i += 1) await Promise.resolve()
      if (this.turns === 0) return
      this.run()
    }
    throw new Error('turns never end')
  }

  /** Lets `ms` go by, one timer after the other. */
  async pass(ms: number): Promise<void> {
    const until = this.now() + ms
    await this.flush()
    while (this.next <= until) {
      this.advance(Math.max(0, this.next - this.now()))
      await this.flush()
    }
    this.advance(until - this.now())
  }
}

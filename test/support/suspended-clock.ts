/** A fake clock that can stand still for the program while time goes on. */

import { FakeClock } from './fake-clock.ts'

export class SuspendedClock extends FakeClock {
  #missed = 0
  #asleep = 0

  override now(): number {
    return super.now() + this.#missed
  }

  override wall(): number {
    return super.wall() + this.#missed + this.#asleep
  }

  /** SIGSTOP: both clocks go on, no timer fires. */
  suspend(ms: number): void {
    this.#missed += ms
  }

  /** A laptop sleeps, or somebody sets the wall clock: only that one goes on. */
  jump(ms: number): void {
    this.#asleep += ms
  }
}

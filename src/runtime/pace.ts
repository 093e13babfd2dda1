/**
 * How fast what an instance prints is taken: a few lines in one turn of the event loop and a bounded number in a second.
 * Who prints more waits at its pipe, as for any slow reader, and not everybody else for it.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'

const SECOND_MS = 1_000

export class Pace {
  readonly #clock: Clock
  #second = -Infinity
  #inSecond = 0
  #inTurn = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one line. False: it was the last one for now; `ready` says when to go on. */
  take(): boolean {
    this.#inTurn += 1
    this.#inSecond += 1
    return (
      this.#inTurn < LIMITS.outputLinesPerTurnMax && this.#inSecond < LIMITS.outputLinesPerSecondMax
    )
  }

  /** Resolves in a later turn; where this second's lines are used up, in the next one. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.turn(resolve))
    this.#inTurn = 0
    const age = this.#clock.now() - this.#second
    if (age < SECOND_MS && this.#inSecond >= LIMITS.outputLinesPerSecondMax)
      await new Promise<void>((resolve) => void this.#clock.timer(SECOND_MS - age, resolve))
    else if (age < SECOND_MS) return
    this.#second = this.#clock.now()
    this.#inSecond = 0
  }
}

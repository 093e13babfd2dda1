/** The same wake without a gateway: the same call, then a connect loop at 1 ms. What no gateway can be faster than. */

import type { Answer } from './asking.ts'
import type { Tier } from './factor.ts'
import type { StampedCall } from './stamped-call.ts'

export interface FloorWake {
  /** `sent` is when the first call was sent. */
  readonly answer: Answer
  readonly calls: readonly StampedCall[]
}

export interface Floor {
  /** Brings it to sleep in this way; for `running` it is awake afterwards. */
  putToSleep(tier: Tier): Promise<void>
  wake(tier: Tier): Promise<FloorWake>
  close(): Promise<void>
}

/** What a function needs to have a floor; the message says why it has none. */
export class NoFloor extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoFloor'
  }
}

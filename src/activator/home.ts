/** What an instance asks of and tells to the pool it belongs to. */

import type { EventName, State } from '../domain/state.ts'
import type { Failure } from './failure.ts'
import type { Instance } from './instance.ts'

export interface Home {
  /** After every event other than a lease that was taken, or given back without more. */
  changed(instance: Instance, from: State, event: EventName): void
  /** A lease was given back. */
  freed(instance: Instance): void
  /** A start, a probe or a young run came to nothing. */
  failed(instance: Instance, failure: Failure): void
  alarm(instance: Instance, what: string): void
  /** Somebody waits for an instance of the function. */
  readonly wanted: boolean
  readonly pauseTier: boolean
  /** The runtime does not answer. */
  readonly runtimeAway: boolean
  pauseTierOff(): void
  atMinimum(instance: Instance): boolean
  /** Ended now, or removed now, it would have to be made anew. */
  isKept(instance: Instance, as: 'spare' | 'prepared'): boolean
  /** How long after it fell idle an instance is stopped. */
  readonly stopAfterMs: number
}

/** One way of being asleep, woken again and again: through the gateway, and by a floor that has no gateway. */

import type { FunctionStatus } from '../../../src/domain/status.ts'
import type { StampedCall } from '../../../src/study/stamped-call.ts'
import type { WakeSample } from './sample.ts'

/** The same wake without a gateway: the same call, then a connect loop at 1 ms. */
export interface Floor {
  /** After the first wake through the gateway. */
  open(): Promise<void>
  putToSleep(): Promise<void>
  wake(): Promise<WakeSample>
}

export interface Tier {
  /** As in the table: `process, new`. */
  readonly name: string
  readonly runs: number
  /** The function's name; its host is `<name>.localhost`. */
  readonly fn: string
  readonly start: 'cold' | 'resumed'
  /** The calls of one wake, in order. */
  readonly calls: readonly string[]
  /** How it is put to sleep. */
  readonly order: 'stop' | 'pause'
  /** How it looks when it sleeps. */
  readonly asleep: (status: FunctionStatus) => boolean
  /** Calls sent since the moment, on the machine's monotonic clock. */
  readonly since: (from: number) => readonly StampedCall[]
  readonly floor: Floor
}

export const hasNone = ({ instances }: FunctionStatus): boolean => instances.length === 0

export const isAll =
  (state: 'paused' | 'dormant') =>
  ({ instances }: FunctionStatus): boolean =>
    instances.length > 0 && instances.every((instance) => instance.state === state)

/** What a function has taught, as plain values that outlive the process: how long its wakes took, how long it was idle. */

import type { RevisionId } from './ids.ts'

/** A histogram of idle times; empty bins are left out. */
export interface IdleCounts {
  readonly outOfBounds: number
  readonly bins: readonly (readonly [bin: number, count: number])[]
}

/** Idle times with what they were learnt for. */
export interface LearntIdle extends IdleCounts {
  /** `idle.stopAfter` in ms as text, so that `Infinity` is one. */
  readonly stopAfter: string
}

export interface Lesson {
  /** Of this the wakes were: another one starts anew. */
  readonly revision: RevisionId
  /** Total ms, oldest first. */
  readonly cold: readonly number[]
  readonly resumed: readonly number[]
  /** Left out where nothing is learnt of them. */
  readonly idle?: LearntIdle
}

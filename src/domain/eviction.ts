/** What ends to make room for what is wanted: pure decisions over what is idle on the host. */

import type { Bytes, FunctionSpec } from './function.ts'

/** A part of the host: what an instance takes of it, what is free of it, what is lacking. */
export interface Share {
  readonly instances: number
  readonly memory: Bytes
}

export const NOTHING: Share = { instances: 0, memory: 0 }

/** An instance that nobody uses. */
export interface Evictable {
  /** Of its function: the lowest goes first. */
  readonly priority: number
  readonly paused: boolean
  /** Monotonic ms. */
  readonly lastUsed: number
  readonly memory: Bytes
}

export const plus = (a: Share, b: Share): Share => ({
  instances: a.instances + b.instances,
  memory: a.memory + b.memory,
})

export const minus = (a: Share, b: Share): Share => ({
  instances: a.instances - b.instances,
  memory: a.memory - b.memory,
})

/** What an instance of the function counts as: its limit, or `each` where it has none. */
export const memoryOf = ({ spec }: FunctionSpec, each: Bytes): Bytes =>
  (spec.k === 'image' ? spec.memory : undefined) ?? each

/** How many instances of `memory` bytes fit into what is free. */
export const fitting = (free: Share, memory: Bytes): number => {
  const byMemory = memory > 0 ? Math.floor(free.memory / memory) : Infinity
  return Math.max(0, Math.min(free.instances, byMemory))
}

/** The order in which they go: the lowest priority, then what is paused, then what was used longest ago. */
export const inOrder = <E extends Evictable>(idle: readonly E[]): readonly E[] =>
  idle.toSorted(
    (a, b) =>
      a.priority - b.priority || Number(b.paused) - Number(a.paused) || a.lastUsed - b.lastUsed,
  )

/** The first of them, in their order, that together make up for what is lacking. Undefined: all of them would not. */
export function enough<E extends Evictable>(
  ordered: readonly E[],
  lacking: Share,
): readonly E[] | undefined {
  let left = lacking
  for (let count = 0; ; count += 1) {
    if (left.instances <= 0 && left.memory <= 0) return ordered.slice(0, count)
    const next = ordered[count]
    if (!next) return undefined
    left = minus(left, { instances: 1, memory: next.memory })
  }
}

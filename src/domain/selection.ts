/** Which ready instance takes the next exchange. Pure. */

/** What the choice looks at. */
export interface Candidate {
  readonly inFlight: number
  readonly concurrency: number
  /** Monotonic ms of the last lease. */
  readonly lastUsed: number
}

/**
 * `pack`: the most recently used one with room, so that the others can fall idle (Fn's LIFO slot queue).
 * `spread`: the one with the fewest in flight. Undefined when all are full.
 */
export function select<C extends Candidate>(
  candidates: readonly C[],
  policy: 'pack' | 'spread',
): C | undefined {
  let best: C | undefined
  for (const c of candidates) {
    if (c.inFlight >= c.concurrency) continue
    if (!best) best = c
    else if (policy === 'pack' ? c.lastUsed > best.lastUsed : c.inFlight < best.inFlight) best = c
  }
  return best
}

/** How many instances to resume, start or retire: a pure function of a snapshot. */

/** One function at one moment, instances of its current revision only. */
export interface ScaleSnapshot {
  readonly waiting: number
  readonly inFlight: number
  /** Age of the oldest waiter, ms; 0 without waiters. */
  readonly oldestWaitMs: number
  readonly patienceMs: number
  /** Exchanges per instance; `Infinity` allowed. */
  readonly concurrency: number
  readonly min: number
  readonly max: number
  readonly ready: number
  /** Starting, probing, resuming, and starts that wait for a permit. */
  readonly arriving: number
  /** Pausing or paused: can be resumed. */
  readonly asleep: number
  readonly dormant: number
  /** Stopping or draining: on the way out, yet they count against `max`. */
  readonly leaving: number
  /** Instances of any revision that must be gone before another may run; 0 where overlap is allowed. */
  readonly blocking: number
  readonly backingOff: boolean
  /** What the host's total still allows. */
  readonly hostRoom: number
}

export interface ScaleDecision {
  readonly resume: number
  readonly startDormant: number
  readonly startNew: number
}

export const NO_CHANGE: ScaleDecision = { resume: 0, startDormant: 0, startNew: 0 }

/** How many should be ready or arriving: `clamp(ceil((inFlight + waiting) / concurrency), min, max)`, at least one for a waiter. */
export function instancesWanted(s: ScaleSnapshot): number {
  const load = s.inFlight + s.waiting
  const byLoad = load === 0 ? 0 : Math.max(1, Math.ceil(load / s.concurrency))
  return Math.min(Math.max(byLoad, s.min), s.max)
}

/**
 * The first instance at once; further ones only when waiters have waited longer than `patienceMs`, since most
 * waits end with the instance that is already on its way. Resume before start, dormant before new; nothing
 * is started during backoff.
 */
export function scale(s: ScaleSnapshot): ScaleDecision {
  const serving = s.ready + s.arriving
  const impatient = s.waiting > 0 && s.oldestWaitMs >= s.patienceMs
  const floor = Math.max(s.min, s.waiting > 0 ? 1 : 0)
  const wanted = impatient ? instancesWanted(s) : Math.min(floor, s.max)
  const missing = wanted - serving
  if (missing <= 0) return NO_CHANGE
  const resume = Math.min(missing, s.asleep)
  if (s.backingOff || s.blocking > 0) return resume > 0 ? { ...NO_CHANGE, resume } : NO_CHANGE
  const room = Math.min(s.max - serving - s.asleep - s.leaving, s.hostRoom)
  const start = Math.max(0, Math.min(missing - resume, room))
  const startDormant = Math.min(start, s.dormant)
  return { resume, startDormant, startNew: start - startDormant }
}

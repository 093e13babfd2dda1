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
  /** Instances beyond what is needed, kept for the next burst or the first request. */
  readonly spare: number
  /** Containers that are to be there and not running, as far as `max` leaves them a use. */
  readonly prepared: number
  readonly ready: number
  /** Starting, probing, resuming, and starts that wait for a permit. */
  readonly arriving: number
  /** Pausing or paused: can be resumed. */
  readonly asleep: number
  readonly dormant: number
  /** Being created ahead of any request. */
  readonly preparing: number
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
  /** Starts that nobody waits for: made while the host starts nothing else. */
  readonly startSpare: number
  /** To be created and not started, under the same conditions. */
  readonly prepare: number
}

export const NO_CHANGE: ScaleDecision = {
  resume: 0,
  startDormant: 0,
  startNew: 0,
  startSpare: 0,
  prepare: 0,
}

/** How many should be ready or arriving: `clamp(ceil((inFlight + waiting) / concurrency), min, max)`, at least one for a waiter. */
export function instancesWanted(s: ScaleSnapshot): number {
  const load = s.inFlight + s.waiting
  const byLoad = load === 0 ? 0 : Math.max(1, Math.ceil(load / s.concurrency))
  return Math.min(Math.max(byLoad, s.min), s.max)
}

/** How many are to be there, awake or asleep: what is needed, and the spares. */
export const instancesKept = (s: ScaleSnapshot): number =>
  Math.min(instancesWanted(s) + s.spare, s.max)

/** How many are to be there without running: what is on the way out will be such a one. */
export const preparedKept = (s: ScaleSnapshot): number =>
  Math.max(0, Math.min(s.prepared, s.max - s.ready - s.arriving - s.asleep - s.leaving))

/** Whether one that is on its way serves no load: its start gives way to one that somebody waits for. */
export const isBeyondNeed = (s: ScaleSnapshot): boolean => s.ready + s.arriving > instancesWanted(s)

/** Starts that only the want of room on the host keeps back. */
export function startsLackingRoom(s: ScaleSnapshot): number {
  const [is, could] = [scale(s), scale({ ...s, hostRoom: Infinity })]
  return could.startDormant + could.startNew - is.startDormant - is.startNew
}

/**
 * The first instance at once; further ones only when waiters have waited longer than `patienceMs`, since most
 * waits end with the instance that is already on its way. What sleeps is resumed at once, for that is over sooner
 * than any wait. Resume before start, dormant before new, spares when nobody waits; nothing is started during backoff.
 */
export function scale(s: ScaleSnapshot): ScaleDecision {
  const serving = s.ready + s.arriving
  const impatient = s.waiting > 0 && s.oldestWaitMs >= s.patienceMs
  const floor = Math.max(s.min, s.waiting > 0 ? 1 : 0)
  const wanted = impatient ? instancesWanted(s) : Math.min(floor, s.max)
  const awake = s.waiting > 0 ? instancesWanted(s) : wanted
  const resume = Math.max(0, Math.min(awake - serving, s.asleep))
  if (s.backingOff || s.blocking > 0) return { ...NO_CHANGE, resume }
  const room = Math.min(s.max - serving - s.asleep - s.leaving, s.hostRoom)
  const start = Math.max(0, Math.min(wanted - serving - resume, room))
  const startDormant = Math.min(start, s.dormant)
  const beyond = s.waiting > 0 || start > 0 ? 0 : instancesKept(s) - serving - s.asleep
  const startSpare = Math.max(0, Math.min(beyond, room))
  const unprepared = s.waiting > 0 || start > 0 ? 0 : preparedKept(s) - s.dormant - s.preparing
  const prepare = Math.max(0, unprepared)
  return { resume, startDormant, startNew: start - startDormant, startSpare, prepare }
}

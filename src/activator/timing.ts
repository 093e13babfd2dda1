/** How long each state's timer runs, from the function's options. The idle tiers all count from the moment it fell idle. */

import { type FunctionSpec, isExclusive } from '../domain/function.ts'
import type { EventName, State } from '../domain/state.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Activity } from './activity.ts'

interface Timed {
  readonly fn: FunctionSpec
  readonly activity: Activity
  readonly pauseTier: boolean
  readonly stopAfterMs: number
}

/** The end of an idle tier: it can wait until a runtime that is away has come back. */
export const isRest = (event: EventName): boolean =>
  event === 'IdleExpired' || event === 'SleepExpired' || event === 'RemoveExpired'

/** Ms from `now` to the end of the state's timer; Infinity where it never ends. */
export function timerDelayMs(state: State, of: Timed, now: number): number {
  const { fn, activity } = of
  const since = activity.idleSince(now) ?? now
  switch (state) {
    case 'preparing':
    case 'starting':
      return fn.start.pullTimeoutMs + fn.start.timeoutMs
    case 'probing':
      return fn.readiness.timeoutMs
    case 'ready':
      return (
        since +
        (of.pauseTier ? Math.min(fn.idle.pauseAfterMs, of.stopAfterMs) : of.stopAfterMs) -
        now
      )
    case 'pausing':
      return LIMITS.pauseMs
    case 'paused':
      return Math.max(0, since + of.stopAfterMs - now)
    case 'resuming':
      return LIMITS.resumeMs
    case 'draining':
      return fn.stop.drainTimeoutMs
    case 'stopping':
      return fn.stop.graceMs + LIMITS.stopSlackMs
    case 'dormant':
      return isExclusive(fn) ? Infinity : Math.max(0, since + fn.idle.removeAfterMs - now)
    case 'new':
    case 'stopped':
      return Infinity
  }
}

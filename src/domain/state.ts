/** The states of an instance, each with the one timer that runs in it, and the events that can happen to it. */

export type State =
  | 'new'
  | 'preparing'
  | 'starting'
  | 'probing'
  | 'ready'
  | 'pausing'
  | 'paused'
  | 'resuming'
  | 'draining'
  | 'stopping'
  | 'dormant'
  | 'stopped'

export interface StateRow {
  readonly means: string
  /** The one timer that runs in this state, and the event of its end. */
  readonly timer: { readonly name: TimerName; readonly event: EventName } | undefined
}

export type TimerName =
  | 'prepare deadline'
  | 'start deadline'
  | 'probe deadline'
  | 'idle timer'
  | 'pause deadline'
  | 'sleep timer'
  | 'resume deadline'
  | 'drain deadline'
  | 'stop deadline'
  | 'remove timer'

/** Entering a state cancels the timer of the one before and arms its own; a row that stays arms it again only by `rearm`. */
export const STATES: Readonly<Record<State, StateRow>> = {
  new: { means: 'Nothing was asked of the runtime yet.', timer: undefined },
  preparing: {
    means: 'The runtime was asked to create it, ahead of any request.',
    timer: { name: 'prepare deadline', event: 'PrepareExpired' },
  },
  starting: {
    means: 'The runtime was asked to create or start it.',
    timer: { name: 'start deadline', event: 'StartExpired' },
  },
  probing: {
    means: 'It runs; it is not known to be ready.',
    timer: { name: 'probe deadline', event: 'ProbeExpired' },
  },
  ready: {
    means: 'The contract says ready. The only state that is leased, while in-flight < concurrency.',
    timer: { name: 'idle timer', event: 'IdleExpired' },
  },
  pausing: {
    means: 'The pause call is out.',
    timer: { name: 'pause deadline', event: 'PauseExpired' },
  },
  paused: { means: 'Frozen, memory kept.', timer: { name: 'sleep timer', event: 'SleepExpired' } },
  resuming: {
    means: 'The resume call is out.',
    timer: { name: 'resume deadline', event: 'ResumeExpired' },
  },
  draining: {
    means: 'No new leases; those in flight may end.',
    timer: { name: 'drain deadline', event: 'DrainExpired' },
  },
  stopping: {
    means: 'A stop is out, or a start is being undone.',
    timer: { name: 'stop deadline', event: 'StopTimedOut' },
  },
  dormant: {
    means: 'It exists and does not run.',
    timer: { name: 'remove timer', event: 'RemoveExpired' },
  },
  stopped: { means: 'The end, with a reason.', timer: undefined },
}

export type EventName =
  | 'Created'
  | 'PrepareRequested'
  | 'Prepared'
  | 'PrepareFailed'
  | 'PrepareExpired'
  | 'AdoptedRunning'
  | 'AdoptedPaused'
  | 'AdoptedExited'
  | 'Started'
  | 'StartFailed'
  | 'StartExpired'
  | 'StartedOutside'
  | 'ProbePassed'
  | 'ProbeExpired'
  | 'ProbeFailed'
  | 'Leased'
  | 'Released'
  | 'IdleExpired'
  | 'Unreachable'
  | 'Wanted'
  | 'Paused'
  | 'PauseFailed'
  | 'PauseExpired'
  | 'SleepExpired'
  | 'Resumed'
  | 'ResumeFailed'
  | 'ResumeExpired'
  | 'FrozenOutside'
  | 'ThawedOutside'
  | 'Evicted'
  | 'DrainRequested'
  | 'DrainExpired'
  | 'Stopped'
  | 'StopFailed'
  | 'StopTimedOut'
  | 'Exited'
  | 'RemoveExpired'
  | 'Removed'

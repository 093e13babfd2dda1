/**
 * The life of an instance as data: one table of state × event. `activator/instance.ts` is its only reader at
 * run time and the only writer of a state; docs/LIFECYCLE.md is generated from it. A pair without a row is a bug.
 */

import { GUARDS, type Guard, type View } from './guard.ts'
import type { EventName, State } from './state.ts'

export type Effect =
  /** Prepare, create and start. */
  | 'create'
  /** Prepare and create; nothing is started. */
  | 'prepare'
  /** Start the kept one. */
  | 'start'
  | 'probe'
  | 'pause'
  | 'resume'
  /** Reset what is in flight, and stop. */
  | 'stop'
  /** Stop without grace, after a backoff. */
  | 'kill'
  /** Remove what is left of it, its anonymous volumes too. */
  | 'remove'
  /** Abort the start or the probe that is out. */
  | 'abort'
  /** Tell the pool that a start came to nothing. */
  | 'note failure'
  | 'close idle connections'
  /** Reset what is in flight; the run is over. */
  | 'fail in-flight'
  | 'in-flight + 1'
  | 'in-flight - 1'
  /** Count a pause that did not take. */
  | 'note pause failure'
  | 'pause tier off'
  | 'alarm'
  | 'rearm'
  /** What is kept beyond its time may be needless by then. */
  | 'look again later'

/** `ended`: `dormant` where the runtime keeps stopped instances and this one still exists, else `stopped`. */
export type Target = State | 'ended'

export interface Row {
  readonly when?: Guard
  readonly to: Target
  readonly do?: readonly Effect[]
}

export type Table = { readonly [S in State]: { readonly [E in EventName]?: readonly Row[] } }

const rows = (...list: readonly Row[]): readonly Row[] => list
const stay = (to: State, ...effects: readonly Effect[]): readonly Row[] => [{ to, do: effects }]

const PAUSE_NOT_TAKEN = rows(
  { when: 'found frozen, somebody waits', to: 'resuming', do: ['resume'] },
  { when: 'found frozen', to: 'paused' },
  {
    when: 'found running, too often',
    to: 'ready',
    do: ['note pause failure', 'pause tier off', 'alarm'],
  },
  { when: 'found running', to: 'ready', do: ['note pause failure'] },
  { to: 'stopping', do: ['stop'] },
)

const STOP_NOT_TAKEN = rows(
  { when: 'attempts spent', to: 'stopped', do: ['fail in-flight', 'alarm'] },
  { to: 'stopping', do: ['kill', 'rearm'] },
)

const FROZEN_OUTSIDE = rows(
  { when: 'twice within a window', to: 'stopping', do: ['abort', 'alarm', 'stop'] },
  { to: 'resuming', do: ['abort', 'resume'] },
)

const THAWED_OUTSIDE = rows(
  { when: 'not proven, or doubted', to: 'probing', do: ['probe'] },
  { to: 'ready' },
)

const GONE = rows({ to: 'stopped', do: ['fail in-flight'] })
const ENDED = rows({ to: 'ended', do: ['fail in-flight'] })
// Probed again because it refused connections, it may have crashed: whoever waits is served by the next run.
const endedWhileProbed = (to: Target): readonly Row[] =>
  rows(
    { when: 'not proven', to, do: ['abort', 'note failure'] },
    { when: 'young', to, do: ['abort', 'fail in-flight', 'note failure'] },
    { to, do: ['abort', 'fail in-flight'] },
  )
// While the start call is out it may still win the race: its end is waited for, so that no run goes unknown.
const ENDED_BUT_FOR_A_START = rows({ when: 'start is out', to: 'stopping' }, ...ENDED)

export const TABLE: Table = {
  new: {
    Created: rows({ to: 'starting', do: ['create'] }),
    PrepareRequested: rows({ to: 'preparing', do: ['prepare'] }),
    AdoptedRunning: rows({ to: 'probing', do: ['probe'] }),
    AdoptedPaused: rows({ to: 'paused' }),
    AdoptedExited: rows({ to: 'ended' }),
  },
  preparing: {
    Prepared: rows({ to: 'dormant' }),
    // What was not created has no handle: nothing is left that could be kept or removed.
    PrepareFailed: rows({ to: 'stopped', do: ['note failure'] }),
    PrepareExpired: rows({ to: 'stopping', do: ['abort', 'note failure'] }),
    DrainRequested: rows({ to: 'stopping', do: ['abort'] }),
    // Somebody started it by hand before its creation was answered: what it is then is told again when it is dormant.
    Exited: stay('preparing'),
    Removed: rows({ to: 'stopping', do: ['abort', 'note failure'] }),
  },
  starting: {
    Started: rows({ to: 'probing', do: ['probe'] }),
    StartFailed: rows({ to: 'ended', do: ['note failure'] }),
    StartExpired: rows({ to: 'stopping', do: ['abort', 'note failure'] }),
    Exited: rows({ to: 'stopping', do: ['abort', 'note failure'] }),
    DrainRequested: rows({ to: 'stopping', do: ['abort'] }),
    Removed: rows({ to: 'stopping', do: ['abort', 'note failure'] }),
  },
  probing: {
    ProbePassed: rows({ to: 'ready' }),
    ProbeFailed: rows({ to: 'stopping', do: ['note failure', 'stop'] }),
    ProbeExpired: rows({ to: 'stopping', do: ['abort', 'note failure', 'stop'] }),
    FrozenOutside: FROZEN_OUTSIDE,
    DrainRequested: rows(
      { when: 'in flight', to: 'draining', do: ['abort'] },
      { to: 'stopping', do: ['abort', 'stop'] },
    ),
    Released: stay('probing', 'in-flight - 1'),
    Exited: endedWhileProbed('ended'),
    Removed: endedWhileProbed('stopped'),
  },
  ready: {
    Leased: stay('ready', 'in-flight + 1'),
    Released: stay('ready', 'in-flight - 1'),
    IdleExpired: rows(
      { when: 'at the minimum', to: 'ready', do: ['rearm'] },
      { when: 'pause tier', to: 'pausing', do: ['close idle connections', 'pause'] },
      { when: 'kept as a spare', to: 'ready', do: ['look again later'] },
      { to: 'stopping', do: ['stop'] },
    ),
    // Only what has nothing in flight is chosen, and between the choice and this nothing happens.
    Evicted: rows({ to: 'stopping', do: ['stop'] }),
    Unreachable: rows({ to: 'probing', do: ['close idle connections', 'probe'] }),
    FrozenOutside: FROZEN_OUTSIDE,
    DrainRequested: rows({ when: 'in flight', to: 'draining' }, { to: 'stopping', do: ['stop'] }),
    Exited: rows(
      { when: 'young', to: 'ended', do: ['fail in-flight', 'note failure'] },
      { to: 'ended', do: ['fail in-flight'] },
    ),
    Removed: GONE,
  },
  pausing: {
    Paused: rows({ when: 'somebody waits', to: 'resuming', do: ['resume'] }, { to: 'paused' }),
    PauseFailed: PAUSE_NOT_TAKEN,
    PauseExpired: PAUSE_NOT_TAKEN,
    DrainRequested: rows({ to: 'stopping', do: ['stop'] }),
    Released: stay('pausing', 'in-flight - 1'),
    Exited: ENDED,
    Removed: GONE,
  },
  paused: {
    Wanted: rows({ to: 'resuming', do: ['resume'] }),
    SleepExpired: rows(
      { when: 'kept as a spare', to: 'paused', do: ['look again later'] },
      { to: 'stopping', do: ['stop'] },
    ),
    ThawedOutside: THAWED_OUTSIDE,
    Evicted: rows({ to: 'stopping', do: ['stop'] }),
    DrainRequested: rows({ to: 'stopping', do: ['stop'] }),
    Released: stay('paused', 'in-flight - 1'),
    Exited: ENDED,
    Removed: GONE,
  },
  resuming: {
    Resumed: rows(
      { when: 'not proven, or doubted', to: 'probing', do: ['probe'] },
      { to: 'ready' },
    ),
    ResumeFailed: rows({ to: 'stopping', do: ['stop'] }),
    ResumeExpired: rows({ to: 'stopping', do: ['stop'] }),
    DrainRequested: rows({ to: 'stopping', do: ['stop'] }),
    Released: stay('resuming', 'in-flight - 1'),
    Exited: ENDED,
    Removed: GONE,
  },
  draining: {
    Released: rows(
      { when: 'others left', to: 'draining', do: ['in-flight - 1'] },
      { to: 'stopping', do: ['in-flight - 1', 'stop'] },
    ),
    DrainExpired: rows({ to: 'stopping', do: ['stop'] }),
    FrozenOutside: rows({ to: 'stopping', do: ['stop'] }),
    DrainRequested: stay('draining'),
    Exited: ENDED,
    Removed: GONE,
  },
  stopping: {
    Started: rows({ to: 'stopping', do: ['stop', 'rearm'] }),
    StartFailed: rows({ to: 'ended' }),
    // Given up while it was created: whether it is there still is not known, so it is not kept.
    Prepared: rows({ to: 'stopped', do: ['remove'] }),
    PrepareFailed: rows({ to: 'stopped' }),
    Stopped: ENDED_BUT_FOR_A_START,
    Exited: ENDED_BUT_FOR_A_START,
    StopFailed: STOP_NOT_TAKEN,
    StopTimedOut: STOP_NOT_TAKEN,
    DrainRequested: stay('stopping'),
    Released: stay('stopping', 'in-flight - 1'),
    Removed: GONE,
  },
  dormant: {
    Wanted: rows({ to: 'starting', do: ['start'] }),
    StartedOutside: rows({ to: 'probing', do: ['probe'] }),
    RemoveExpired: rows(
      { when: 'kept prepared', to: 'dormant', do: ['look again later'] },
      { to: 'stopped', do: ['remove'] },
    ),
    DrainRequested: rows({ to: 'stopped', do: ['remove'] }),
    Exited: stay('dormant'),
    Removed: GONE,
  },
  stopped: {
    Started: rows({ to: 'stopped', do: ['kill'] }),
    StartFailed: stay('stopped', 'remove'),
    Prepared: stay('stopped', 'remove'),
    PrepareFailed: stay('stopped'),
    Removed: stay('stopped'),
  },
}

/** What is asked for a view only when a row has a guard: most leases meet none, and then nothing is allocated. */
export interface Viewed {
  view(): View
}

/** The row that applies, or undefined: the pair is not in the table. */
export function transition(
  table: Table,
  state: State,
  event: EventName,
  of: Viewed,
): Row | undefined {
  const candidates = table[state][event]
  if (!candidates) return undefined
  let view: View | undefined
  for (const row of candidates) {
    if (!row.when) return row
    view ??= of.view()
    if (GUARDS[row.when](view)) return row
  }
  return undefined
}

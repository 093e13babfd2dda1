/** The conditions of the life-cycle table, by name, over a value that an instance gives of itself. */

/** What an instance tells of itself so that a guard can decide. A value, taken at the moment of the event. */
export interface View {
  readonly inFlight: number
  /** The pause tier is configured, the runtime can, and it has not been switched off. */
  readonly pauseTier: boolean
  /** Sleeping now would leave fewer than `instances.min`. */
  readonly atMinimum: boolean
  /** Ended now it would have to be made anew: it is kept beyond what is needed. */
  readonly spare: boolean
  /** Removed now it would have to be created anew: it is kept ready to be started. */
  readonly prepared: boolean
  /** Somebody waits for an instance of this function. */
  readonly wanted: boolean
  /** The contract has said ready in this run. */
  readonly proven: boolean
  /** Connects were refused since the contract last said ready. */
  readonly doubted: boolean
  /** Thawed by us already within the window. */
  readonly thawedBefore: boolean
  /** Failed pauses in a row, this one included, reach the limit. */
  readonly pauseFailing: boolean
  /** A start call has not been answered yet. */
  readonly startOut: boolean
  /** Attempts at stopping are used up. */
  readonly stopSpent: boolean
  /** The run ended soon after it became ready. */
  readonly young: boolean
  /** What inspection found, for events that carry it. */
  readonly found: 'running' | 'frozen' | 'other' | undefined
}

/** Guards by name; the first row whose guard holds is taken, a row without one always holds. */
export const GUARDS = {
  'in flight': (v) => v.inFlight > 0,
  'others left': (v) => v.inFlight > 1,
  'pause tier': (v) => v.pauseTier,
  'at the minimum': (v) => v.atMinimum,
  'kept as a spare': (v) => v.spare,
  'kept prepared': (v) => v.prepared,
  'somebody waits': (v) => v.wanted,
  'not proven': (v) => !v.proven,
  'not proven, or doubted': (v) => !v.proven || v.doubted,
  'twice within a window': (v) => v.thawedBefore,
  'found frozen, somebody waits': (v) => v.found === 'frozen' && v.wanted,
  'found frozen': (v) => v.found === 'frozen',
  'found running, too often': (v) => v.found === 'running' && v.pauseFailing,
  'found running': (v) => v.found === 'running',
  'start is out': (v) => v.startOut,
  'attempts spent': (v) => v.stopSpent,
  young: (v) => v.young,
} as const satisfies Record<string, (v: View) => boolean>

export type Guard = keyof typeof GUARDS

/** The kinds of scenes: how large each is, what its world can, and what may go wrong in it. */

/** How large the scene is, and what may go wrong in it. */
export interface Setting {
  /** Requests held or in flight at once. */
  readonly requests: number
  readonly max: number
  readonly min: number
  readonly spare: number
  readonly prepared: number
  readonly concurrency: number
  readonly instancesTotal: number
  readonly starts: number
  readonly rollout: 'overlap' | 'replace'
  /** The function may change its revision, and change back. */
  readonly reloads: boolean
  /** Facts may be lost, late or told again. */
  readonly lossy: boolean
  /** Commands may be carried out long before they are answered. */
  readonly slow: boolean
  /** Requests that may be held, for the function and in all. */
  readonly waiters: number
  readonly waitersTotal: number
  /** What the runtime can: freeze, and keep what has ended. */
  readonly pauses: boolean
  readonly keeps: boolean
  /** Pauses, resumes and stops that are out when the order ends are never answered. */
  readonly hangs: boolean
  /** Removals are answered by hand too. */
  readonly removals: boolean
  /** Another function wants a place on the same host now and then. */
  readonly neighbour: boolean
}

export const ONE: Setting = {
  requests: 2,
  max: 1,
  min: 0,
  spare: 0,
  prepared: 0,
  concurrency: 2,
  instancesTotal: 10,
  starts: 4,
  rollout: 'overlap',
  reloads: false,
  lossy: false,
  slow: false,
  waiters: 10,
  waitersTotal: 10,
  pauses: true,
  keeps: true,
  hangs: false,
  removals: false,
  neighbour: false,
}

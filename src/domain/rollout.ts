/** What happens to instances of an older revision. Pure. */

import type { FunctionSpec } from './function.ts'
import type { State } from './state.ts'

/** One instance as the rollout sees it. */
export interface RolloutInstance {
  readonly state: State
  /** Of the revision that new instances get. */
  readonly current: boolean
}

const LEFT: ReadonlySet<State> = new Set(['draining', 'stopping', 'stopped'])
const NOT_RUNNING: ReadonlySet<State> = new Set(['preparing', 'dormant', 'stopped'])
const SERVING: ReadonlySet<State> = new Set(['ready', 'probing', 'starting', 'resuming'])

/** Whether `instance` should be drained now, given all instances of the function. */
export function shouldRetire(
  instance: RolloutInstance,
  all: readonly RolloutInstance[],
  rollout: 'overlap' | 'replace',
): boolean {
  if (instance.current || LEFT.has(instance.state)) return false
  if (rollout === 'replace' || !SERVING.has(instance.state)) return true
  return all.some((other) => other.current && other.state === 'ready')
}

/** Those that should be drained now: all of a function that `closing` ends, else what a rollout has made needless. */
export const retiring = <I extends RolloutInstance>(
  all: readonly I[],
  { rollout, closing }: { rollout: 'overlap' | 'replace'; closing: boolean },
): readonly I[] =>
  all.filter((one) => (closing ? !LEFT.has(one.state) : shouldRetire(one, all, rollout)))

/** Whether an instance of the new revision must be made ahead of demand, because an older one serves. */
export const mustMake = (
  all: readonly RolloutInstance[],
  rollout: 'overlap' | 'replace',
): boolean => rollout === 'overlap' && all.some((i) => !i.current && SERVING.has(i.state))

/** Instances of an older revision that must end before a new one may run. */
export const blocking = (
  all: readonly RolloutInstance[],
  rollout: 'overlap' | 'replace',
): number =>
  rollout === 'replace' ? all.filter((i) => !i.current && !NOT_RUNNING.has(i.state)).length : 0

/** Names of functions that are new, gone or have another revision. */
export function changedFunctions(
  before: readonly FunctionSpec[],
  after: readonly FunctionSpec[],
): string[] {
  const old = new Map(before.map((fn) => [fn.id, fn.revision]))
  const changed: string[] = after.filter((fn) => old.get(fn.id) !== fn.revision).map((fn) => fn.id)
  const names = new Set(after.map((fn) => fn.id))
  return [...changed, ...before.filter((fn) => !names.has(fn.id)).map((fn) => fn.id)]
}

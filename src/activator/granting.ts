/** Hands free places to those who wait: the oldest waiter first, and never to one whose client is gone. */

import type { FunctionSpec } from '../domain/function.ts'
import { LIMITS } from '../domain/limits.ts'
import { select } from '../domain/selection.ts'
import type { Instance } from './instance.ts'
import { InstanceLease } from './lease.ts'
import type { Waiters } from './waiters.ts'

/**
 * Grants leases in this turn. `more`: there is room for others who wait, and a later turn must go on, so that a
 * burst does not hold up everybody else's bytes.
 */
export function grant(
  waiters: Waiters,
  leasable: readonly Instance[],
  fn: FunctionSpec,
): 'done' | 'more' {
  for (let granted = 0; waiters.size > 0; granted += 1) {
    const instance = select(leasable, fn.select)
    if (!instance) return 'done'
    if (granted === LIMITS.grantsPerTurnMax) return 'more'
    const held = waiters.shift()
    if (!held) return 'done'
    const waited = held.since <= instance.readyAt
    const lease = new InstanceLease(instance, fn, waited ? instance.readyBy : 'queued')
    if (!held.waiter.granted(lease) && !lease.isReleased) lease.release({ k: 'unused' })
  }
  return 'done'
}

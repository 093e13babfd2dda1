/** A look at one instance that ends in time, whatever the runtime does. */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import { type InstanceRef, type Placer, type Present, RuntimeError } from '../runtime/runtime.ts'

/** What was found; phase `exited` also when it is gone. */
export type Found =
  | (Present & { readonly gone?: undefined })
  | {
      readonly phase: 'exited'
      readonly gone: true
      readonly running?: undefined
      readonly exit?: undefined
    }

/** What is there now; undefined when that cannot be known within `inspectMs`. */
export async function inspected(
  ref: InstanceRef,
  { placer, clock }: { placer: Placer; clock: Clock },
): Promise<Found | undefined> {
  const abort = new AbortController()
  const hung = Promise.withResolvers<never>()
  const deadline = clock.timer(LIMITS.inspectMs, () => {
    const reason = new RuntimeError('timeout', 'the inspection took too long')
    abort.abort(reason)
    hung.reject(reason)
  })
  try {
    const fact = await Promise.race([placer.inspect(ref, abort.signal), hung.promise])
    return fact.k === 'gone' ? { phase: 'exited', gone: true } : fact
  } catch {
    return undefined
  } finally {
    deadline.cancel()
  }
}

/** The found state in the words of the life-cycle table. */
export function foundWord(found: Found | undefined): 'running' | 'frozen' | 'other' {
  if (found?.phase === 'running') return 'running'
  return found?.phase === 'paused' ? 'frozen' : 'other'
}

/** The limits as they are meant: promises hold to these, whatever a mutant makes of those that the code reads. */

import { LIMITS as READ } from '../../src/domain/limits.ts'

type Limits = typeof READ

export const LIMITS: Limits = structuredClone(READ)

/** Runs with some limits changed; nothing else may run meanwhile that is to see them as they are. */
export async function withLimits<T>(changed: object, run: () => Promise<T>): Promise<T> {
  const read: object = READ
  try {
    Object.assign(read, changed)
    return await run()
  } finally {
    Object.assign(read, LIMITS)
  }
}

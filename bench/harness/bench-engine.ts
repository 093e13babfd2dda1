/** The Docker engine of the tests, lent to a bench: same offline images, same label, same removal at the end. */

import { engineOrSkip, type TestEngine, type TestLike } from '../../test/support/engine.ts'
import type { Cleanup } from './cleanup.ts'

/** The engine, or why there is none. */
export async function benchEngine(
  cleanup: Cleanup,
): Promise<TestEngine | { readonly missing: string }> {
  let missing = 'no Docker engine'
  const told = (reason?: unknown): boolean => {
    missing = String(reason)
    return true
  }
  const test = {
    teardown: (undo: () => unknown) => cleanup.add('containers', undo),
    pass: told,
    fail: told,
  } as unknown as TestLike
  return (await engineOrSkip(test)) ?? { missing }
}

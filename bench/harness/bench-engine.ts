/** The Docker engine of the tests, lent to a bench: same offline images, same label, same removal at the end. */

import { type OwnEngine, ownEngine } from '../../test/outside/own-engine.ts'
import { engineOrSkip, type TestEngine, type TestLike } from '../../test/support/engine.ts'
import type { Cleanup } from './cleanup.ts'

/** Why there is none. */
interface Missing {
  readonly missing: string
}

/** The engine, or why there is none. */
export const benchEngine = (cleanup: Cleanup): Promise<TestEngine | Missing> =>
  lent(cleanup, engineOrSkip)

/** One of the bench's own that may be killed, or why there is none. */
export const ownBenchEngine = (
  cleanup: Cleanup,
): Promise<{ readonly own: OwnEngine; readonly engine: TestEngine } | Missing> =>
  lent(cleanup, async (test) => {
    const made = await ownEngine(test)
    return made && { own: made.engine, engine: made.world.engine }
  })

async function lent<T>(
  cleanup: Cleanup,
  from: (test: TestLike) => Promise<T | undefined>,
): Promise<T | Missing> {
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
  return (await from(test)) ?? { missing }
}

/**
 * One suite that every placer passes: `runPlacerSuite(t, { name, make, skip })`. What a runtime cannot do it
 * leaves out by name with a reason.
 */

import type { Test } from 'tap'
import { ENDING } from './ending.ts'
import { SLEEPING } from './sleeping.ts'
import { STARTING } from './starting.ts'
import { Trial, type Behaviour, type Subject } from './subject.ts'
import { WATCHING } from './watching.ts'

const SUITE = { ...STARTING, ...SLEEPING, ...ENDING, ...WATCHING } satisfies Record<
  string,
  Behaviour
>

export type BehaviourName = keyof typeof SUITE

export interface PlacerSuite {
  /** Opens the name of every test. */
  readonly name: string
  /** A new subject for each test. What is dear (an image) is best made once and kept by the caller. */
  make(): Promise<Subject>
  readonly skip: readonly { readonly reason: string; readonly tests: readonly BehaviourName[] }[]
}

/** Runs every behaviour that is not left out; what is left out is told with its reason. */
export function runPlacerSuite(t: Test, suite: PlacerSuite): void {
  const reasons = new Map(suite.skip.flatMap((s) => s.tests.map((test) => [test, s.reason])))
  for (const [name, behaviour] of Object.entries<Behaviour>(SUITE)) {
    const reason = reasons.get(name as BehaviourName)
    if (reason !== undefined) {
      // Not a skip: the runtime never promised it, so there is nothing that a better machine could test.
      t.comment(`${suite.name}: ${name} (not promised: ${reason})`)
      continue
    }
    t.test(`${suite.name}: ${name}`, async (t) => behaviour(t, new Trial(t, await suite.make())))
  }
}

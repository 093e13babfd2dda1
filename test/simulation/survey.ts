/** All mutants, hunted on every core: which of them no promise about the world notices. */

import { TABLE } from '../../src/domain/lifecycle.ts'
import { EQUIVALENT, isEquivalent } from './equivalents.ts'
import type { Hunted } from './hunt-thread.ts'
import { mutantsOf } from './mutants.ts'
import { onThreads } from './threads.ts'

export interface Survey {
  readonly mutants: number
  /** Those that change nothing. */
  readonly equivalent: number
  readonly survivors: readonly string[]
  /** Promises that were broken without a mutant, each with the order of events that does. */
  readonly broken: readonly string[]
  /** Reasons why mutants change nothing that no mutant has any more. */
  readonly needless: readonly string[]
}

const SCRIPT = new URL('hunt-thread.ts', import.meta.url)
/** Mutants given to a thread at once. */
const PIECE = 20

export async function surveyed(): Promise<Survey> {
  const all = mutantsOf(TABLE)
  const live = all.filter((mutant) => !isEquivalent(mutant)).map(({ name }) => name)
  const pieces = Array.from({ length: Math.ceil(live.length / PIECE) }, (_, i) =>
    live.slice(i * PIECE, (i + 1) * PIECE),
  )
  const hunted = await onThreads<Hunted>(SCRIPT, pieces)
  const isUsed = (pattern: RegExp): boolean => all.some(({ name }) => pattern.test(name))
  return {
    mutants: all.length,
    equivalent: all.length - live.length,
    survivors: hunted.flatMap(({ survivors }) => survivors),
    broken: [...new Set(hunted.flatMap(({ broken }) => broken))],
    needless: EQUIVALENT.flatMap(({ what }) => what.filter((p) => !isUsed(p)).map(String)),
  }
}

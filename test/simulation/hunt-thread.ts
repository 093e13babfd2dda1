/** A thread that hunts mutants by their names. */

import { TABLE } from '../../src/domain/lifecycle.ts'
import { Trails, killed } from './hunt.ts'
import { mutantsOf } from './mutants.ts'
import { serve } from './threads.ts'

export interface Hunted {
  readonly survivors: readonly string[]
  readonly broken: readonly string[]
}

// Commands go on by themselves: what a mutant throws there is its own.
process.on('unhandledRejection', () => undefined)

const mutants = new Map(mutantsOf(TABLE).map((m) => [m.name, m]))
const trails = new Trails()
const collected = trails.collect()

serve(async (names: readonly string[]): Promise<Hunted> => {
  await collected
  const survivors: string[] = []
  for (const name of names) {
    const mutant = mutants.get(name)
    if (!mutant) throw new Error(`no mutant ${name}`)
    if ((await killed(mutant, trails)) === undefined) survivors.push(name)
  }
  return { survivors, broken: trails.broken }
})

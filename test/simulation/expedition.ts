/** All scenes of the plan, explored on every core, and how far each was. */

import type { Explored, ToExplore } from './explorer-thread.ts'
import { PLAN } from './plan.ts'
import { onThreads } from './threads.ts'

export interface Discovery extends Explored {
  readonly name: string
}

const SCRIPT = new URL('explorer-thread.ts', import.meta.url)

/** `whole`: each to its depth, however many steps that takes. */
export async function explored(whole: boolean): Promise<readonly Discovery[]> {
  const names = Object.keys(PLAN)
  const jobs = names.map((name): ToExplore => ({ name, whole }))
  const found = await onThreads<Explored>(SCRIPT, jobs)
  return found.map((one, i) => ({ ...one, name: names[i] ?? '' }))
}

/** `a spare: 968 states, 2000 steps, every order of 3 steps, cut in the next`. */
export function extentOf({ name, states, steps, depth, end }: Discovery): string {
  const how = end === 'exhausted' ? 'exhausted' : 'cut in the next'
  return `${name}: ${states} states, ${steps} steps, every order of ${depth} steps, ${how}`
}

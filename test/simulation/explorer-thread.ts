/** A thread that explores scenes of the plan by their names. */

import { TABLE } from '../../src/domain/lifecycle.ts'
import { type Exploration, explore } from './exploration.ts'
import { type Finding, shrunk } from './finding.ts'
import { PLAN } from './plan.ts'
import { replayed } from './schedule.ts'
import { serve } from './threads.ts'

export interface Explored extends Omit<Exploration, 'broken'> {
  /** With the fewest steps that show it. */
  readonly broken: Finding | undefined
}

/** A scene by its name, within its bound of steps or without one. */
export interface ToExplore {
  readonly name: string
  readonly whole: boolean
}

serve(async ({ name, whole }: ToExplore): Promise<Explored> => {
  const bounds = PLAN[name]
  if (!bounds) throw new Error(`no scene ${name}`)
  const { broken, ...found } = await explore(whole ? { ...bounds, stepsMax: Infinity } : bounds)
  if (!broken) return { ...found, broken }
  const { order: steps, message } = broken
  const finding = { seed: 0, setting: bounds.setting, message, steps }
  return { ...found, broken: await shrunk(finding, replayed(TABLE)) }
})

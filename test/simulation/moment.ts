/** One step as it is looked at afterwards: what was, what is, and what was asked, told and closed in between. */

import type { InstanceStatus } from '../../src/domain/status.ts'
import type { Scene, Step } from './scene.ts'

export interface Moment {
  readonly scene: Scene
  readonly step: Step
  /** Monotonic ms after the step. */
  readonly now: number
  readonly before: readonly InstanceStatus[]
  /** Calls made in this step. */
  readonly made: readonly string[]
  /** Stops without grace that were asked in this step. */
  readonly kills: readonly string[]
  /** Calls made and connections closed in this step. */
  readonly journal: readonly string[]
  /** States and alarms told in this step. */
  readonly told: readonly string[]
}

/** Something that remembers, and throws when a promise about what follows what is broken. */
export interface Watcher {
  after(moment: Moment): void
}

/** Begins to look; the result is asked when the step is over. */
export function begin(scene: Scene): (step: Step) => Moment {
  const { a, instances } = scene
  const { length: asked } = a.world.asked
  const { length: noted } = a.world.journal
  const { length: killed } = a.world.kills
  const { length: logged } = a.log
  return (step) => ({
    scene,
    step,
    now: a.clock.now(),
    before: instances,
    made: a.world.asked.slice(asked),
    kills: a.world.kills.slice(killed),
    journal: a.world.journal.slice(noted),
    told: a.log.slice(logged).filter((line) => !line.startsWith('neighbour')),
  })
}

export const fail = (what: string): never => {
  throw new Error(what)
}

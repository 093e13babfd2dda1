/** What broke a promise: told with its seed, and cut down to the steps that matter. */

import type { Step } from './scene.ts'

/** What broke a promise, and with which steps it can be seen again. */
export interface Finding<S = unknown> {
  /** 0: it was not found by chance. */
  readonly seed: number
  readonly setting: S
  readonly message: string
  readonly steps: readonly Step[]
}

/** Takes the steps that make sense when their turn comes; says which promise was broken. */
export type Replay<S> = (setting: S, steps: readonly Step[]) => Promise<string | undefined>

/** As a person reads it: the seed, the promise, the setting, and one step a line. */
export const told = ({ seed, message, setting, steps }: Finding): string =>
  [
    `${seed > 0 ? `seed ${seed}` : 'an order'} breaks a promise: ${message}`,
    `setting: ${JSON.stringify(setting)}`,
    ...steps.map((step) => `  ${step}`),
  ].join('\n')

/** The fewest steps that are found with which a promise is broken. */
export async function shrunk<S>(found: Finding<S>, replay: Replay<S>): Promise<Finding<S>> {
  const fewer = await withoutSteps(found, replay)
  const without = await withoutInstance(fewer, replay)
  return without ? shrunk(without, replay) : fewer
}

/** Drops step after step while a promise stays broken. */
async function withoutSteps<S>(found: Finding<S>, replay: Replay<S>): Promise<Finding<S>> {
  let { steps, message } = found
  for (let size = steps.length >> 1; size > 0; size = size > 1 ? size >> 1 : 0)
    for (let at = 0; at < steps.length;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)]
      const still = await replay(found.setting, fewer)
      if (still) [steps, message] = [fewer, still]
      else at += size
    }
  return { ...found, steps, message }
}

/** Leaves out all that happens to one instance: those made after it have other names then. */
async function withoutInstance<S>(
  found: Finding<S>,
  replay: Replay<S>,
): Promise<Finding<S> | undefined> {
  const numbers = found.steps.map((step) => Number(/-(\d+)$/.exec(step)?.[1] ?? 0))
  for (let one = 1; one < Math.max(...numbers); one += 1) {
    const others = found.steps.filter((_, i) => numbers[i] !== one)
    const steps = others.map((step) =>
      step.replace(/-(\d+)$/, (_, n: string) => `-${Number(n) > one ? Number(n) - 1 : n}`),
    )
    const message = await replay(found.setting, steps)
    if (message) return { ...found, steps, message }
  }
  return undefined
}

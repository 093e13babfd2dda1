/** Long random orders of what happens to a crowd of functions, each from a seed; one that breaks a promise is cut down. */

import { TABLE, type Table } from '../../src/domain/lifecycle.ts'
import { type Crowd, CrowdScene, MEMORY_EACH, type Member } from './crowd-scene.ts'
import { withoutTraces } from './exploration.ts'
import { type Finding, type Replay, shrunk } from './finding.ts'
import type { Step } from './scene.ts'
import { chance } from './schedule.ts'

const STEPS = 120

function crowdFrom(random: () => number): Crowd {
  const upTo = (most: number): number => 1 + Math.floor(random() * most)
  const functions = Array.from({ length: 2 + upTo(4) }, (_, i): Member => ({
    id: `f${i}`,
    concurrency: upTo(2),
    priority: upTo(3),
    policy: i % 2 === 0 ? 'adaptive' : 'fixed',
    max: upTo(2),
    spare: random() < 0.3 ? 1 : 0,
    prepared: random() < 0.3 ? 1 : 0,
  }))
  const instances = upTo(4)
  const memory = random() < 0.5 ? {} : { memory: MEMORY_EACH * upTo(4) }
  return { functions, instances, ...memory, starts: upTo(3) }
}

interface CrowdWalk {
  readonly crowd: Crowd
  readonly table: Table
  /** Those that make no sense when their turn comes are left out. */
  readonly steps: readonly Step[]
  /** Then so many more by chance. */
  readonly more?: { readonly count: number; readonly random: () => number }
  /** Hears of every step before it is taken. */
  readonly taking?: (step: Step) => void
}

/** Takes the steps and winds down; says which promise was broken. */
function walked({ crowd, table, steps, more, taking }: CrowdWalk): Promise<string | undefined> {
  return withoutTraces(async () => {
    try {
      const scene = new CrowdScene(crowd, table)
      await scene.begin()
      for (const step of steps) await scene.take(step)
      const { count, random } = more ?? NO_MORE
      for (let i = 0; i < count; i += 1) {
        const step = scene.choose(random)
        if (step) taking?.(step)
        if (step) await scene.take(step)
      }
      await scene.windDown()
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  })
}

const NO_MORE = { count: 0, random: () => 0 }

function walkFrom(seed: number, table: Table): CrowdWalk {
  const random = chance(seed)
  return { crowd: crowdFrom(random), table, steps: [], more: { count: STEPS, random } }
}

/** Runs the crowd of a seed; says which promise was broken. */
export const thronged = (seed: number, table: Table): Promise<string | undefined> =>
  walked(walkFrom(seed, table))

/** The same; what broke a promise is cut down. Undefined: every promise was kept. */
export async function crowded(
  seed: number,
  table: Table = TABLE,
): Promise<Finding<Crowd> | undefined> {
  const walk = walkFrom(seed, table)
  const steps: Step[] = []
  const message = await walked({ ...walk, taking: (step) => void steps.push(step) })
  if (message === undefined) return undefined
  const replay: Replay<Crowd> = (crowd, fewer) => walked({ crowd, table, steps: fewer })
  const found = await shrunk({ seed, setting: walk.crowd, message, steps }, replay)
  return withoutFunctions(found, replay)
}

/** Leaves out every function that has no part in it. */
async function withoutFunctions(
  found: Finding<Crowd>,
  replay: Replay<Crowd>,
): Promise<Finding<Crowd>> {
  let { setting, message } = found
  for (const one of setting.functions) {
    const functions = setting.functions.filter((fn) => fn !== one)
    const still = await replay({ ...setting, functions }, found.steps)
    if (still) [setting, message] = [{ ...setting, functions }, still]
  }
  return { ...found, setting, message }
}

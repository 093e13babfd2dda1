/** Long random orders of events, each from a seed; one that breaks a promise is cut down to the steps that matter. */

import { TABLE, type Table } from '../../src/domain/lifecycle.ts'
import { withoutTraces } from './exploration.ts'
import { type Finding, type Replay, shrunk } from './finding.ts'
import { Scene, type SceneParts, type Step } from './scene.ts'
import { ONE, type Setting } from './setting.ts'

/** Steps to take, and then so many more by chance. */
export interface Walk extends SceneParts {
  /** Those that make no sense when their turn comes are left out. */
  readonly steps: readonly Step[]
  readonly more?: { readonly count: number; readonly random: Random }
  /** Hears of every step before it is taken. */
  readonly taking?: (step: Step) => void
}

type Random = () => number

const STEPS_MIN = 20
const STEPS_MORE = 60
/** Steps that lead on are chosen more often than accidents, or nothing would ever come up. */
const WEIGHTS: readonly (readonly [begin: string, weight: number])[] = [
  ['pass', 6],
  ['request', 4],
  ['time', 3],
  ['release', 3],
]

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function chance(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const weightOf = (step: Step): number => WEIGHTS.find(([begin]) => step.startsWith(begin))?.[1] ?? 1

function pick(steps: readonly Step[], random: Random): Step | undefined {
  let left = random() * steps.reduce((sum, step) => sum + weightOf(step), 0)
  return steps.find((step) => (left -= weightOf(step)) < 0)
}

/** How many steps a schedule of chance has. */
export const lengthFrom = (random: Random): number => STEPS_MIN + Math.floor(random() * STEPS_MORE)

export function settingFrom(seed: number, random: Random): Setting {
  const upTo = (most: number): number => 1 + Math.floor(random() * most)
  const seldom = (): boolean => random() < 0.3
  const keeps = random() < 0.8
  return {
    ...ONE,
    requests: upTo(5),
    max: upTo(3),
    min: random() < 0.1 ? 1 : 0,
    spare: seed % 5 === 0 ? 1 : 0,
    prepared: keeps && seed % 7 === 0 ? 1 : 0,
    concurrency: upTo(2),
    instancesTotal: seldom() ? upTo(3) : ONE.instancesTotal,
    starts: upTo(3),
    rollout: seldom() ? 'replace' : 'overlap',
    reloads: random() < 0.4,
    lossy: random() < 0.4,
    slow: random() < 0.4,
    waiters: seldom() ? upTo(3) : ONE.waiters,
    waitersTotal: seldom() ? upTo(3) : ONE.waitersTotal,
    pauses: random() < 0.8,
    keeps,
    hangs: random() < 0.2,
    removals: random() < 0.2,
    neighbour: random() < 0.15,
  }
}

/** Takes the steps and winds down; says which promise was broken. */
export function walked(walk: Walk): Promise<string | undefined> {
  return withoutTraces(async () => {
    try {
      const scene = new Scene(walk)
      await scene.begin()
      for (const step of walk.steps)
        if (scene.steps().includes(step)) await taken(scene, step, walk)
      const { count, random } = walk.more ?? NO_MORE
      for (let i = 0; i < count; i += 1) {
        const step = pick(scene.steps(), random)
        if (!step) break
        await taken(scene, step, walk)
      }
      await scene.windDown()
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  })
}

const NO_MORE = { count: 0, random: () => 0 }

function taken(scene: Scene, step: Step, { taking }: Walk): Promise<void> {
  taking?.(step)
  return scene.take(step)
}

/** Runs the schedule of a seed. Undefined: every promise was kept. */
export async function simulated(
  seed: number,
  table: Table = TABLE,
): Promise<Finding<Setting> | undefined> {
  const random = chance(seed)
  const setting = settingFrom(seed, random)
  const steps: Step[] = []
  const more = { count: lengthFrom(random), random }
  const taking = (step: Step): void => void steps.push(step)
  const message = await walked({ setting, table, steps: [], more, taking })
  return message === undefined
    ? undefined
    : shrunk({ seed, setting, message, steps }, replayed(table))
}

export const replayed =
  (table: Table): Replay<Setting> =>
  (setting, steps) =>
    walked({ setting, table, steps })

/** Long random orders of events, each from a seed; one that breaks a promise is cut down to the steps that matter. */

import { TABLE, type Table } from '../../src/domain/lifecycle.ts'
import { withoutTraces } from './exploration.ts'
import { ONE, Scene, type Setting, type Step } from './scene.ts'

/** What broke a promise, and with which steps it can be seen again. */
export interface Finding {
  readonly seed: number
  readonly setting: Setting
  readonly message: string
  readonly steps: readonly Step[]
}

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
function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const weightOf = (step: Step): number => WEIGHTS.find(([begin]) => step.startsWith(begin))?.[1] ?? 1

function pick(steps: readonly Step[], random: () => number): Step | undefined {
  let left = random() * steps.reduce((sum, step) => sum + weightOf(step), 0)
  return steps.find((step) => (left -= weightOf(step)) < 0)
}

function settingFrom(seed: number, random: () => number): Setting {
  const upTo = (most: number): number => 1 + Math.floor(random() * most)
  return {
    ...ONE,
    requests: upTo(5),
    max: upTo(3),
    min: random() < 0.1 ? 1 : 0,
    spare: seed % 5 === 0 ? 1 : 0,
    prepared: seed % 7 === 0 ? 1 : 0,
    concurrency: upTo(2),
    instancesTotal: random() < 0.3 ? upTo(3) : ONE.instancesTotal,
    starts: upTo(3),
    rollout: random() < 0.3 ? 'replace' : 'overlap',
    reloads: random() < 0.4,
    lossy: random() < 0.4,
    slow: random() < 0.4,
  }
}

/** Runs the schedule of a seed. Undefined: every promise was kept. */
export function simulated(seed: number, table: Table = TABLE): Promise<Finding | undefined> {
  return withoutTraces(async () => {
    const random = chance(seed)
    const setting = settingFrom(seed, random)
    const taken: Step[] = []
    const scene = new Scene({ setting, table })
    try {
      const count = STEPS_MIN + Math.floor(random() * STEPS_MORE)
      for (let i = 0; i < count; i += 1) {
        const step = pick(scene.steps(), random)
        if (!step) break
        taken.push(step)
        await scene.take(step)
      }
      await scene.windDown()
      return undefined
    } catch {
      return shrunk({ seed, setting, message: '', steps: taken }, table)
    }
  })
}

/** What breaks when these steps are taken; those that make no sense any more are left out. */
async function replayed(setting: Setting, steps: readonly Step[], table: Table): Promise<string> {
  const scene = new Scene({ setting, table })
  try {
    for (const step of steps) if (scene.steps().includes(step)) await scene.take(step)
    await scene.windDown()
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Drops step after step while the promise stays broken. */
async function shrunk(found: Finding, table: Table): Promise<Finding> {
  let { steps } = found
  let message = await replayed(found.setting, steps, table)
  for (let size = steps.length >> 1; size > 0; size = size > 1 ? size >> 1 : 0)
    for (let at = 0; at < steps.length;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)]
      const still = await replayed(found.setting, fewer, table)
      if (still) [steps, message] = [fewer, still]
      else at += size
    }
  return { ...found, steps, message }
}

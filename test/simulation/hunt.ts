/** Finds the promise that a mutant breaks: along orders of events that are known to meet the row it is about. */

import { TABLE } from '../../src/domain/lifecycle.ts'
import { thronged } from './crowd.ts'
import { LIMIT_PROMISES } from './limit-promises.ts'
import type { Mutant } from './mutants.ts'
import { DIRECTED, PLAN } from './plan.ts'
import { type RowName, observed } from './rows.ts'
import type { Step } from './scene.ts'
import type { Setting } from './setting.ts'
import { type Walk, chance, lengthFrom, settingFrom, walked } from './schedule.ts'
import { withLimits } from './true-limits.ts'

/** An order of events in a setting. */
interface Order {
  readonly setting: Setting
  readonly steps: readonly Step[]
}

/** Orders that meet one row: up to the step that does, and whole. */
interface Trail {
  readonly begin: Order
  readonly whole: Order
  /** It was written to meet what chance seldom meets. */
  readonly isDirected: boolean
}

const SEEDS = 1_200
/** Trails kept for each row: those with the shortest beginning, and as many others. */
const SHORTEST_MAX = 16
const OTHERS_MAX = 16
const CONTINUED_TIMES = 6
const CONTINUED_STEPS = 25
/** Orders of several functions, for what one alone does not show. */
const CROWDS = 6

/** Random orders of events, by the rows that they meet. Half of them begin where the explorer begins. */
export class Trails {
  readonly #byRow = new Map<RowName, Trail[]>()
  readonly orders: Order[] = []
  /** Orders that break a promise of the table as it is, and which. */
  readonly broken: string[] = []

  async collect(): Promise<void> {
    for (const name of Object.keys(LIMIT_PROMISES) as (keyof typeof LIMIT_PROMISES)[]) {
      const message = await limitPromise(name)
      if (message !== undefined) this.broken.push(`${name}: ${message}`)
    }
    const roots = Object.values(PLAN).flatMap(({ setting, roots: orders = [] }) =>
      orders.map((steps) => ({ setting, steps })),
    )
    for (const order of DIRECTED)
      await this.#follow(order, { random: chance(1), count: 0, isDirected: true })
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const random = chance(seed)
      const setting = settingFrom(seed, random)
      const root = seed % 2 === 0 ? roots[(seed >> 1) % roots.length] : undefined
      // In a root's own setting its steps make sense; what its runtime can is left to chance.
      const { pauses, keeps, hangs, removals } = setting
      const own = root && {
        ...root.setting,
        pauses: pauses || seed % 4 === 0,
        keeps: keeps || root.setting.prepared > 0,
        hangs,
        removals,
      }
      const order = { setting: own ?? setting, steps: root?.steps ?? [] }
      await this.#follow(order, { random, count: lengthFrom(random), isDirected: false })
    }
    for (const trails of this.#byRow.values()) thinned(trails)
  }

  /** The trails that meet a row, the shortest first. */
  of(row: RowName): readonly Trail[] {
    return this.#byRow.get(row) ?? []
  }

  async #follow(
    { setting, steps }: Order,
    { random, count, isDirected }: { random: () => number; count: number; isDirected: boolean },
  ): Promise<void> {
    const taken: Step[] = []
    const met = new Map<RowName, number>()
    const message = await walked({
      setting,
      steps,
      table: observed(TABLE, (row) => met.has(row) || met.set(row, taken.length)),
      more: { count, random },
      taking: (step) => taken.push(step),
    })
    // What was written down for a row counts to its end: there a mutant may take steps that the table does not have.
    const whole = { setting, steps: isDirected ? steps : taken }
    // What breaks a promise without a mutant proves nothing about one.
    if (message) return void this.broken.push(brokenAlong(message, whole))
    this.orders.push(whole)
    for (const [row, length] of met) {
      const trail = { whole, begin: { setting, steps: taken.slice(0, length) }, isDirected }
      this.#byRow.set(row, [...(this.#byRow.get(row) ?? []), trail])
    }
  }
}

const brokenAlong = (message: string, { setting, steps }: Order): string =>
  `${message} after ${steps.join(', ')} in ${JSON.stringify(setting)}`

/** Leaves the shortest, and some others. */
function thinned(trails: Trail[]): void {
  const directed = trails.filter((trail) => trail.isDirected)
  trails.sort((a, b) => a.begin.steps.length - b.begin.steps.length)
  const others = trails.splice(SHORTEST_MAX)
  const every = Math.max(1, Math.floor(others.length / OTHERS_MAX))
  trails.push(...directed)
  trails.push(...others.filter((_, i) => i % every === 0).slice(0, OTHERS_MAX))
}

/** What breaks the promise of one limit. */
async function limitPromise(name: keyof typeof LIMIT_PROMISES): Promise<string | undefined> {
  try {
    await LIMIT_PROMISES[name]?.()
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Which promise the mutant breaks, the cheapest search first; undefined where none is found. */
export async function killed(mutant: Mutant, trails: Trails): Promise<string | undefined> {
  const { limits = {} } = mutant
  for (const name of Object.keys(limits) as (keyof typeof limits)[]) {
    const message = await withLimits(limits, () => limitPromise(name))
    if (message !== undefined) return message
  }
  for (const walk of walks(mutant, trails)) {
    const steps: Step[] = []
    const message = await withLimits(limits, () =>
      walked({ ...walk, taking: (step) => steps.push(step) }),
    )
    if (message === undefined) continue
    const { setting } = walk
    const own = await walked({ setting, steps, table: TABLE })
    if (own === undefined) return message
    trails.broken.push(brokenAlong(own, { setting, steps }))
  }
  for (let seed = 1; mutant.rows.length > 0 && seed <= CROWDS; seed += 1) {
    const message = await thronged(seed, mutant.table)
    if (message !== undefined) return message
  }
  return undefined
}

/** The same in a world that keeps what has ended, or does not. */
const other = ({ setting, steps }: Order): Order => ({
  setting: { ...setting, keeps: !setting.keeps, prepared: 0 },
  steps,
})

function* walks({ table, rows, told }: Mutant, trails: Trails): Generator<Walk> {
  const walk = ({ setting, steps }: Order): Walk => ({
    setting,
    steps,
    table,
    ...(told && { told: told(setting) }),
  })
  if (rows.length === 0) return yield* trails.orders.map(walk)
  const known = rows.flatMap((row) => trails.of(row))
  for (const { begin } of known) yield walk(begin)
  for (const { whole } of known) yield walk(whole)
  for (const { whole } of known) yield walk(other(whole))
  for (let seed = 1; seed <= CONTINUED_TIMES; seed += 1)
    for (const { begin } of known)
      yield { ...walk(begin), more: { count: CONTINUED_STEPS, random: chance(seed) } }
}

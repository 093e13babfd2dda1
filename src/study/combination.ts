/** Every level of every factor with every level of the others, and the order in which they are measured. */

import { isOptions, type Options } from '../config/function-text.ts'
import { Chance, shuffled } from '../lib/chance.ts'
import type { Factor, PageCache, Tier } from './factor.ts'

/** One level of each factor. */
export interface Combination {
  /** `runtime=docker tier=new`. */
  readonly key: string
  /** Labels by the factor's name. */
  readonly levels: Readonly<Record<string, string>>
  readonly patches: readonly Options[]
  readonly needs: readonly string[]
  readonly tier: Tier
  readonly burst: number
  readonly pageCache: PageCache
}

const NOTHING: Combination = {
  key: '',
  levels: {},
  patches: [],
  needs: [],
  tier: 'new',
  burst: 1,
  pageCache: 'warm',
}

/** All of them; one without any factor. */
export function combinations(factors: readonly Factor[]): readonly Combination[] {
  return factors.reduce<readonly Combination[]>(
    (all, { name, levels }) =>
      all.flatMap((combination) =>
        levels.map(({ label, patch, needs, ...rest }) => ({
          ...combination,
          ...rest,
          key: `${combination.key} ${name}=${label}`.trimStart(),
          levels: { ...combination.levels, [name]: label },
          patches: [...combination.patches, patch],
          needs: [...combination.needs, ...needs],
        })),
      ),
    [NOTHING],
  )
}

/** The function's options with each patch merged over them: maps key by key, null takes away. */
export function patched(options: Options, patches: readonly Options[]): Options {
  return patches.reduce(merge, options)
}

function merge(base: Options, over: Options): Options {
  const merged: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name]
    if (value === null) delete merged[name]
    else merged[name] = isOptions(below) && isOptions(value) ? merge(below, value) : value
  }
  return merged
}

/** The trials of one repetition: each way once, in an order that only the seed and the repetition decide. */
export function orderOf<T>(
  trials: readonly T[],
  { seed, repetition }: { seed: number; repetition: number },
): T[] {
  // A prime apart, so that repetitions of neighbouring seeds do not share their orders.
  return shuffled(trials, new Chance(seed + repetition * 7_919))
}

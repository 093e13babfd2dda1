/** How sure a number made of many rounds is: the percentile bootstrap (Efron 1979), with chance that can be repeated. */

import { Chance } from '../../src/lib/chance.ts'
import { percentile } from './statistics.ts'

export interface Interval {
  readonly low: number
  readonly high: number
}

const RESAMPLES = 4_000

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Where the mean lies in 95 % of samples that are drawn from these, as many each time. */
export function meanInterval(values: readonly number[], seed: number): Interval {
  const chance = new Chance(seed)
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(values.map(() => chance.of(values) ?? NaN)),
  )
  return { low: percentile(means, 0.025), high: percentile(means, 0.975) }
}

/** How sure a number made of many rounds is: the percentile bootstrap (Efron 1979), with chance that can be repeated. */

import { Chance } from '../../src/lib/chance.ts'
import { median, percentile } from './statistics.ts'

export interface Interval {
  readonly low: number
  readonly high: number
}

const RESAMPLES = 4_000

/** Where the median lies in 95 % of samples that are drawn from these, as many each time. */
export function medianInterval(values: readonly number[], seed: number): Interval {
  const chance = new Chance(seed)
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => chance.of(values) ?? NaN)),
  )
  return { low: percentile(medians, 0.025), high: percentile(medians, 0.975) }
}

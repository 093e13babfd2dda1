/** Numbers about numbers: quantiles, intervals by resampling, and an exact test for pairs. Chance comes in as a seed. */

import { Chance } from '../lib/chance.ts'

/** Both ends belong to it. */
export type Interval = readonly [from: number, to: number]

const RESAMPLES = 2_000
const CONFIDENCE = 0.95

export const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** Interpolated between neighbours (type 7 of Hyndman and Fan, 1996); NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(sorted(values), share)
}

function quantileOfSorted(ordered: ArrayLike<number>, share: number): number {
  if (ordered.length === 0) return NaN
  const at = share * (ordered.length - 1)
  const below = ordered[Math.floor(at)]!
  return below + (ordered[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Where 95 % of the medians lie of samples that are drawn from `values` again (percentile bootstrap, Efron 1979). */
export function medianInterval(values: readonly number[], seed: number): Interval {
  const buffer = new Float64Array(values.length)
  return resampled(values.length, seed, (drawn) => medianOf(drawn, { values, buffer }))
}

/** The same for median(b) ÷ median(a), pairs drawn together. */
export function ratioInterval(a: readonly number[], b: readonly number[], seed: number): Interval {
  const buffer = new Float64Array(a.length)
  const ratio = (drawn: Uint32Array): number =>
    medianOf(drawn, { values: b, buffer }) / medianOf(drawn, { values: a, buffer })
  return resampled(a.length, seed, ratio)
}

/** `buffer` is written over, so that thousands of medians cost one array. */
function medianOf(
  drawn: Uint32Array,
  { values, buffer }: { values: readonly number[]; buffer: Float64Array },
): number {
  for (let i = 0; i < drawn.length; i += 1) buffer[i] = values[drawn[i]!]!
  return quantileOfSorted(buffer.sort(), 0.5)
}

/** `of` gets places of the sample, drawn with replacement. */
function resampled(count: number, seed: number, of: (drawn: Uint32Array) => number): Interval {
  if (count === 0) return [NaN, NaN]
  const chance = new Chance(seed)
  const drawn = new Uint32Array(count)
  const found = new Float64Array(RESAMPLES)
  for (let i = 0; i < RESAMPLES; i += 1) {
    for (let j = 0; j < count; j += 1) drawn[j] = chance.next() * count
    found[i] = of(drawn)
  }
  found.sort()
  const tail = (1 - CONFIDENCE) / 2
  return [quantileOfSorted(found, tail), quantileOfSorted(found, 1 - tail)]
}

/**
 * Wilcoxon's signed-rank test of paired differences, two-sided and exact: the chance of ranks at least as one-sided as
 * these if each sign were tossed. Differences of 0 are left out, ties share their rank (Wilcoxon 1945). 1 of nothing.
 */
export function signedRank(differences: readonly number[]): number {
  const nonZero = differences.filter((d) => d !== 0)
  const ranks = doubledRanks(nonZero.map(Math.abs))
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const positive = nonZero.reduce((sum, d, i) => sum + (d > 0 ? ranks[i]! : 0), 0)
  const lesser = Math.min(positive, total - positive)
  // Chances of each sum of the ranks with a plus, one rank after the other.
  let chances = new Float64Array(total + 1)
  chances[0] = 1
  for (const rank of ranks) {
    const next = new Float64Array(total + 1)
    for (let sum = 0; sum <= total; sum += 1)
      next[sum] = (chances[sum]! + (sum >= rank ? chances[sum - rank]! : 0)) / 2
    chances = next
  }
  const tail = chances.subarray(0, lesser + 1).reduce((sum, chance) => sum + chance, 0)
  return Math.min(1, 2 * tail)
}

/** Twice the ranks, so that shared ones are whole numbers. */
function doubledRanks(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!)
  const ranks: number[] = []
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1
    for (let i = from; i <= to; i += 1) ranks[order[i]!] = from + to + 2
    from = to + 1
  }
  return ranks
}

/** The p values as they count when so many questions were asked at once (Holm 1979), in their own order. */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!)
  const adjusted: number[] = []
  let least = 0
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, values[i]! * (values.length - rank)))
    adjusted[i] = least
  }
  return adjusted
}

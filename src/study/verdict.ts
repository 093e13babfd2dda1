/** Whether a difference between two ways is real. Says no where the noise of the same run is larger than the effect. */

import {
  holm,
  type Interval,
  median,
  medianInterval,
  ratioInterval,
  signedRank,
} from './statistics.ts'

/**
 * `real`: unlikely by chance, and larger than the noise. `noise`: not larger than the noise. `none`: no difference was
 * shown, which does not prove that there is none. `few`: too few pairs to say anything.
 */
export type Verdict = 'real' | 'noise' | 'none' | 'few'

/** In the words of the report. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  real: 'real',
  noise: 'noise is larger than the effect',
  none: 'no difference shown',
  few: 'too few pairs to tell',
}

/** Two values that were measured in the same repetition. */
export interface Pair {
  readonly a: number
  readonly b: number
}

export interface Comparison {
  readonly pairs: number
  /** Median of b − a. */
  readonly effect: number
  readonly interval: Interval
  /** Median of b ÷ median of a. */
  readonly ratio: number
  readonly ratioInterval: Interval
  /** In the unit of the values: what the same way differs from itself, or half the interval, whichever is more. */
  readonly noise: number
  /** Of the signed-rank test, as it counts among all comparisons of the family (Holm). */
  readonly p: number
  readonly verdict: Verdict
}

/** Below this many pairs not even the most one-sided result would be unlikely: 2 ÷ 2⁶ is the first below 0.05. */
const PAIRS_MIN = 6
const ALPHA = 0.05

/** Judges each, as one family of questions. */
export function compare(family: readonly (readonly Pair[])[], seed: number): readonly Comparison[] {
  const differences = family.map((pairs) => pairs.map(({ a, b }) => b - a))
  const ps = holm(differences.map((of) => signedRank(of)))
  return family.map((pairs, i) => judged(pairs, { differences: differences[i]!, p: ps[i]!, seed }))
}

function judged(
  pairs: readonly Pair[],
  { differences, p, seed }: { differences: readonly number[]; p: number; seed: number },
): Comparison {
  const a = pairs.map((pair) => pair.a)
  const b = pairs.map((pair) => pair.b)
  const effect = median(differences)
  const interval = medianInterval(differences, seed)
  const noise = Math.max((interval[1] - interval[0]) / 2, selfDifference(a), selfDifference(b))
  return {
    pairs: pairs.length,
    effect,
    interval,
    ratio: median(b) / median(a),
    ratioInterval: ratioInterval(a, b, seed),
    noise,
    p,
    verdict: verdictOf({ count: pairs.length, effect, interval, noise, p }),
  }
}

function verdictOf({
  count,
  effect,
  interval: [from, to],
  noise,
  p,
}: Pick<Comparison, 'effect' | 'interval' | 'noise' | 'p'> & { count: number }): Verdict {
  if (count < PAIRS_MIN) return 'few'
  if (p >= ALPHA || (from <= 0 && to >= 0)) return 'none'
  return Math.abs(effect) > noise ? 'real' : 'noise'
}

/** The medians of every other repetition against those between them: nothing but noise tells them apart. */
function selfDifference(values: readonly number[]): number {
  const even = values.filter((_, i) => i % 2 === 0)
  const odd = values.filter((_, i) => i % 2 === 1)
  return odd.length === 0 ? 0 : Math.abs(median(even) - median(odd))
}

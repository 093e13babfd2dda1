/** What the samples of a study say: each combination, what the gateway adds to it, and each level against the first of its factor. */

import type { Failure, Sample } from './sample.ts'
import type { Combination } from './combination.ts'
import type { Factor } from './factor.ts'
import { type Interval, median, medianInterval, quantile } from './statistics.ts'
import { type Comparison, type Pair, compare } from './verdict.ts'
import type { Phases } from './wake.ts'

/** Values of one kind in ms, as they are told. */
export interface Distribution {
  readonly values: readonly number[]
  readonly median: number
  readonly interval: Interval
  readonly p95: number
}

/** One combination measured in one way. */
export interface Group {
  readonly samples: readonly Sample[]
  readonly total: Distribution
  /** Undefined where the function tells no times. */
  readonly share: Distribution | undefined
  /** The median of each; undefined likewise. */
  readonly phases: Phases | undefined
}

export interface Row {
  readonly combination: Combination
  /** The levels of factors that vary, as a label. */
  readonly label: string
  readonly gateway: Group | undefined
  readonly floor: Group | undefined
  /** Gateway against floor. */
  readonly added: Comparison | undefined
  readonly starts: readonly string[]
  readonly failures: readonly Failure[]
}

/** One level against the first of its factor, all else equal. */
export interface Contrast {
  readonly factor: string
  readonly from: string
  readonly to: string
  /** The levels of the other factors; empty where there is no other. */
  readonly under: string
  readonly comparison: Comparison
}

export interface Analysis {
  readonly rows: readonly Row[]
  readonly contrasts: readonly Contrast[]
  /** Factors with more than one level. */
  readonly factors: readonly Factor[]
}

export interface AnalysisParts {
  readonly combinations: readonly Combination[]
  readonly factors: readonly Factor[]
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
  readonly seed: number
}

export function analyse(parts: AnalysisParts): Analysis {
  const factors = parts.factors.filter(({ levels }) => levels.length > 1)
  const rows = rowsOf(parts, factors)
  return { rows, contrasts: contrastsOf(rows, { factors, seed: parts.seed }), factors }
}

/** The levels of these factors, in their order. */
export const labelOf = ({ levels }: Combination, factors: readonly Factor[]): string =>
  factors
    .map(({ name }) => (name === 'burst' ? `burst of ${levels[name]}` : levels[name]))
    .join(', ')

function rowsOf(
  { combinations, samples, failures, seed }: AnalysisParts,
  factors: readonly Factor[],
): readonly Row[] {
  const of = (key: string, way: Sample['way']): Group | undefined =>
    grouped(
      samples.filter((sample) => sample.key === key && sample.way === way),
      seed,
    )
  const found = combinations.map((combination) => ({
    combination,
    gateway: of(combination.key, 'gateway'),
    floor: of(combination.key, 'floor'),
  }))
  const added = compare(
    found.map(({ gateway, floor }) => (gateway && floor ? paired(floor, gateway) : [])),
    seed,
  )
  return found.map(({ combination, gateway, floor }, i) => ({
    combination,
    label: labelOf(combination, factors) || 'the function',
    gateway,
    floor,
    added: gateway && floor ? added[i] : undefined,
    starts: [...new Set((gateway?.samples ?? []).flatMap(({ starts }) => starts))],
    failures: failures.filter(({ key }) => key === combination.key),
  }))
}

function contrastsOf(
  rows: readonly Row[],
  { factors, seed }: { factors: readonly Factor[]; seed: number },
): readonly Contrast[] {
  const found = factors.flatMap((factor) => {
    const others = factors.filter((other) => other !== factor)
    const [first, ...rest] = factor.levels.map(({ label }) => label)
    return rest.flatMap((to) =>
      rows.flatMap((row) => {
        if (row.combination.levels[factor.name] !== to || !row.gateway) return []
        const under = labelOf(row.combination, others)
        const base = rows.find(
          ({ combination }) =>
            combination.levels[factor.name] === first && labelOf(combination, others) === under,
        )
        if (!base?.gateway) return []
        const pairs = paired(base.gateway, row.gateway)
        return [{ factor: factor.name, from: first ?? '', to, under, pairs }]
      }),
    )
  })
  const comparisons = compare(
    found.map(({ pairs }) => pairs),
    seed,
  )
  return found.map(({ factor, from, to, under }, i) => ({
    factor,
    from,
    to,
    under,
    comparison: comparisons[i]!,
  }))
}

function grouped(samples: readonly Sample[], seed: number): Group | undefined {
  if (samples.length === 0) return undefined
  const shares = samples.flatMap(({ share }) => (share === undefined ? [] : [share]))
  return {
    samples,
    total: distributed(
      samples.map(({ total }) => total),
      seed,
    ),
    share: shares.length === 0 ? undefined : distributed(shares, seed),
    phases: typical(samples.flatMap(({ phases }) => (phases ? [phases] : []))),
  }
}

const distributed = (values: readonly number[], seed: number): Distribution => ({
  values,
  median: median(values),
  interval: medianInterval(values, seed),
  p95: quantile(values, 0.95),
})

function typical(phases: readonly Phases[]): Phases | undefined {
  const of = (name: keyof Phases): number => median(phases.map((sample) => sample[name]))
  if (phases.length === 0) return undefined
  return {
    before: of('before'),
    calls: of('calls'),
    between: of('between'),
    boot: of('boot'),
    after: of('after'),
    answer: of('answer'),
  }
}

/** Those measured in the same repetition: what disturbs the machine for longer disturbs both. */
function paired(a: Group, b: Group): readonly Pair[] {
  const totals = new Map(a.samples.map(({ repetition, total }) => [repetition, total]))
  return b.samples
    .toSorted((x, y) => x.repetition - y.repetition)
    .flatMap(({ repetition, total }) => {
      const other = totals.get(repetition)
      return other === undefined ? [] : [{ a: other, b: total }]
    })
}

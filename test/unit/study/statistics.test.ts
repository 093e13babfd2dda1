import t from 'tap'
import { Chance } from '../../../src/lib/chance.ts'
import {
  holm,
  median,
  medianInterval,
  quantile,
  ratioInterval,
  signedRank,
} from '../../../src/study/statistics.ts'

const STUDIES = 200

/** By Box and Muller. */
function normal(chance: Chance): number {
  const u = Math.max(chance.next(), Number.MIN_VALUE)
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * chance.next())
}

const drawn = (count: number, of: () => number): number[] => Array.from({ length: count }, of)

t.test('statistics: quantiles are interpolated between neighbours', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.equal(quantile([0, 10], 0.95), 9.5)
  t.equal(quantile([7], 0.95), 7)
  t.ok(Number.isNaN(median([])))
})

interface Known {
  readonly what: string
  readonly median: number
  readonly of: (chance: Chance) => number
}

const KNOWN: readonly Known[] = [
  { what: 'normal', median: 0, of: normal },
  { what: 'uniform', median: 0.5, of: (chance) => chance.next() },
  { what: 'exponential', median: Math.LN2, of: (chance) => -Math.log(1 - chance.next()) },
  { what: 'log-normal', median: 1, of: (chance) => Math.exp(normal(chance)) },
]

t.test(
  'statistics: the interval of a median holds the true one in 95 of 100 studies',
  async (t) => {
    for (const { what, median: truth, of } of KNOWN) {
      const chance = new Chance(11)
      let held = 0
      for (let study = 0; study < STUDIES; study += 1) {
        const [from, to] = medianInterval(
          drawn(25, () => of(chance)),
          study,
        )
        if (from <= truth && truth <= to) held += 1
      }
      // Four standard errors of a share of 95 % around what a percentile bootstrap of 25 values comes to.
      t.ok(held / STUDIES > 0.88 && held / STUDIES < 0.985, `${what}: ${held} of ${STUDIES}`)
    }
  },
)

t.test(
  'statistics: the interval of a ratio is that of the medians, and its seed decides it',
  async (t) => {
    const chance = new Chance(3)
    const a = drawn(40, () => 100 + normal(chance))
    const b = a.map((value) => value * 0.6)
    const [from, to] = ratioInterval(a, b, 1)
    t.ok(from <= 0.6 && to >= 0.6 && to - from < 0.02, `${from} – ${to}`)
    t.strictSame(ratioInterval(a, b, 1), [from, to])
  },
)

type Row = readonly [what: string, differences: readonly number[], p: number]

/** Counted by hand: of 2ⁿ ways to toss the signs, those at least as one-sided, both sides together. */
const TESTS: readonly Row[] = [
  ['nothing', [], 1],
  ['zeros say nothing', [0, 0, 0], 1],
  ['six of one sign: 2 of 64', [1, 2, 3, 4, 5, 6], 2 / 64],
  ['the other sign is the same', [-1, -2, -3, -4, -5, -6], 2 / 64],
  ['the least of six against it: 4 of 64', [-1, 2, 3, 4, 5, 6], 4 / 64],
  ['a rank sum of 5 among five: 20 of 32', [1, 2, 3, 4, -5], 20 / 32],
  ['ties share their rank: 4 of 16', [1, 1, 1, -1], 10 / 16],
  ['in balance', [1, -1], 1],
]

t.test('statistics: the signed-rank test is exact', async (t) => {
  for (const [what, differences, p] of TESTS) t.equal(signedRank(differences), p, what)
})

t.test(
  'statistics: without an effect the test says 0.05 in at most 5 of 100 studies',
  async (t) => {
    const chance = new Chance(5)
    let wrong = 0
    for (let study = 0; study < 2_000; study += 1)
      if (signedRank(drawn(15, () => normal(chance))) < 0.05) wrong += 1
    t.ok(wrong / 2_000 < 0.065, `${wrong} of 2000`)
  },
)

t.test('statistics: many questions at once each count less', async (t) => {
  t.strictSame(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
  t.strictSame(holm([0.5, 0.9]), [1, 1])
  t.strictSame(holm([]), [])
})

import t from 'tap'
import { Chance } from '../../../src/lib/chance.ts'
import { compare, type Pair, type Verdict } from '../../../src/study/verdict.ts'

/** Pairs with an effect in ms among noise of so many ms, the noise of both sides independent. */
function pairs({
  count,
  effect,
  noise,
  seed,
}: Record<'count' | 'effect' | 'noise' | 'seed', number>): Pair[] {
  const chance = new Chance(seed)
  const disturbed = (): number => noise * (chance.next() + chance.next() + chance.next() - 1.5)
  return Array.from({ length: count }, () => ({
    a: 100 + disturbed(),
    b: 100 + effect + disturbed(),
  }))
}

const verdictOf = (of: Parameters<typeof pairs>[0]): Verdict | undefined =>
  compare([pairs(of)], 1)[0]?.verdict

t.test('verdict: a clear effect is real', async (t) => {
  for (let seed = 0; seed < 20; seed += 1)
    t.equal(verdictOf({ count: 20, effect: 20, noise: 4, seed }), 'real')
})

t.test('verdict: without an effect none is called real', async (t) => {
  const found = Array.from({ length: 100 }, (_, seed) =>
    verdictOf({ count: 20, effect: 0, noise: 4, seed }),
  )
  const real = found.filter((verdict) => verdict === 'real').length
  t.ok(real <= 6, `${real} of 100 are called real`)
})

t.test('verdict: an effect that is smaller than the noise is refused', async (t) => {
  const found = Array.from({ length: 50 }, (_, seed) =>
    verdictOf({ count: 20, effect: 1, noise: 20, seed }),
  )
  t.ok(found.filter((verdict) => verdict === 'real').length <= 4)
})

t.test(
  'verdict: an effect beyond chance is refused where a way differs more from itself',
  async (t) => {
    // Every other repetition is 30 ms slower on both sides; each pair differs by 5 ms all the same.
    const wavering = Array.from({ length: 20 }, (_, i) => {
      const a = 100 + (i % 2) * 30 + (i % 5) / 10
      return { a, b: a + 5 + (i % 3) / 10 }
    })
    const [found] = compare([wavering], 1)
    t.match(found, { verdict: 'noise' })
    t.ok((found?.p ?? 1) < 0.001, 'the test alone would have called it real')
  },
)

t.test('verdict: few pairs tell nothing, however far apart', async (t) => {
  t.equal(verdictOf({ count: 5, effect: 1_000, noise: 1, seed: 1 }), 'few')
  t.equal(compare([[]], 1)[0]?.verdict, 'few')
})

t.test('verdict: what is real alone may not be among many questions', async (t) => {
  const weak = pairs({ count: 7, effect: 3, noise: 1, seed: 2 })
  t.equal(compare([weak], 1)[0]?.verdict, 'real')
  const among = compare([weak, ...Array.from({ length: 9 }, () => weak)], 1)
  t.equal(among[0]?.verdict, 'none')
})

import t from 'tap'
import { NumberedRing } from '../../../src/lib/numbered-ring.ts'

t.test('numbered ring: keeps the last values under their numbers', async (t) => {
  const ring = new NumberedRing<string>({ countMax: 3, sizeMax: Infinity })
  t.match(ring, { first: 1, last: 0 })
  for (const value of ['a', 'b', 'c', 'd']) ring.push(value, 1)
  t.match(ring, { first: 2, last: 4 })
  t.strictSame(
    [1, 2, 3, 4, 5].map((number) => ring.get(number)),
    [undefined, 'b', 'c', 'd', undefined],
  )
})

t.test('numbered ring: a large value takes the place of several, and is kept itself', async (t) => {
  const ring = new NumberedRing<string>({ countMax: 10, sizeMax: 10 })
  for (const value of ['a', 'b', 'c']) ring.push(value, 4)
  t.match(ring, { first: 2, last: 3 })
  t.equal(ring.push('huge', 100), 4)
  t.match(ring, { first: 4, last: 4 })
  t.equal(ring.get(4), 'huge')
})

import t from 'tap'
import { select } from '../../../src/domain/selection.ts'

const it = (name: string, inFlight: number, lastUsed: number, concurrency = 2) => ({
  name,
  inFlight,
  lastUsed,
  concurrency,
})

t.test('selection: pack takes the most recently used one with room', async (t) => {
  t.equal(select([], 'pack'), undefined)
  t.equal(select([it('a', 0, 1), it('b', 1, 2)], 'pack')?.name, 'b')
  t.equal(select([it('a', 0, 1), it('b', 2, 2)], 'pack')?.name, 'a', 'a full one is passed over')
  t.equal(select([it('a', 2, 1), it('b', 2, 2)], 'pack'), undefined, 'all are full')
  t.equal(select([it('a', 0, 5), it('b', 0, 5)], 'pack')?.name, 'a', 'the first of equals')
  t.equal(select([it('a', 0, -Infinity)], 'pack')?.name, 'a', 'one that was never used')
  t.equal(select([it('a', 999, 1, Infinity)], 'pack')?.name, 'a', 'unlimited is never full')
})

t.test('selection: spread takes the one with the fewest in flight', async (t) => {
  t.equal(select([it('a', 1, 1), it('b', 0, 0)], 'spread')?.name, 'b')
  t.equal(select([it('a', 1, 9), it('b', 1, 0)], 'spread')?.name, 'a', 'the first of equals')
  t.equal(select([it('a', 2, 1), it('b', 2, 0)], 'spread'), undefined)
  t.equal(select([it('a', 1, 1, 1), it('b', 2, 0, 3)], 'spread')?.name, 'b', 'only those with room')
})

import t from 'tap'
import { type Evictable, enough, fitting, inOrder, memoryOf } from '../../../src/domain/eviction.ts'
import { functionSpec } from '../../support/function-spec.ts'

const idle = (name: string, of: Partial<Evictable> = {}) => ({
  name,
  priority: 0,
  paused: false,
  lastUsed: 0,
  memory: 10,
  ...of,
})
const names = (found: readonly { name: string }[] | undefined) => found?.map(({ name }) => name)

t.test(
  'eviction: the lowest priority goes first, then what is paused, then the oldest',
  async (t) => {
    const all = [
      idle('dear', { priority: 1, paused: true, lastUsed: 1 }),
      idle('ready', { lastUsed: 1 }),
      idle('paused late', { paused: true, lastUsed: 9 }),
      idle('paused early', { paused: true, lastUsed: 5 }),
      idle('cheap', { priority: -1, lastUsed: 99 }),
    ]
    t.strictSame(names(inOrder(all)), ['cheap', 'paused early', 'paused late', 'ready', 'dear'])
  },
)

t.test('eviction: no more goes than is lacking, and none where all would not do', async (t) => {
  const all = [idle('a'), idle('b', { memory: 50 }), idle('c')]
  t.strictSame(names(enough(all, { instances: 0, memory: 0 })), [])
  t.strictSame(names(enough(all, { instances: 1, memory: -Infinity })), ['a'])
  t.strictSame(names(enough(all, { instances: 1, memory: 20 })), ['a', 'b'])
  t.strictSame(names(enough(all, { instances: 3, memory: 70 })), ['a', 'b', 'c'])
  t.equal(enough(all, { instances: 4, memory: 0 }), undefined)
  t.equal(enough(all, { instances: 0, memory: 71 }), undefined)
})

t.test('eviction: what fits is bounded by count and by memory', async (t) => {
  t.equal(fitting({ instances: 3, memory: Infinity }, 10), 3)
  t.equal(fitting({ instances: 3, memory: 25 }, 10), 2)
  t.equal(fitting({ instances: -1, memory: 25 }, 10), 0)
  t.equal(fitting({ instances: 1, memory: -5 }, 10), 0)
})

t.test('eviction: an instance counts as its limit, or as what is said for all', async (t) => {
  t.equal(memoryOf(functionSpec(), 7), 7)
})

import { array, assert, constant, integer, oneof, property } from 'fast-check'
import t from 'tap'
import { IdlePolicy } from '../../../src/domain/idle-policy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const times = (count: number, idleMs: number): number[] =>
  Array.from({ length: count }, () => idleMs)

function policyOf(idleTimes: readonly number[], parts = {}): IdlePolicy {
  const policy = new IdlePolicy(parts)
  for (const idleMs of idleTimes) policy.observe(idleMs)
  return policy
}

type Row = readonly [what: string, idleTimes: readonly number[], prewarm: number, keepAlive: number]

/** Minutes, by hand: the head's bin start less 10 %, the tail's bin end plus 10 %. */
const BY_HISTOGRAM: readonly Row[] = [
  ['a request every 30 minutes', times(20, 30 * MINUTE), 27, 34.1],
  ['always within the first minute', times(20, 1_000), 0, 1.1],
  ['the last bin of all', times(20, 4 * HOUR - 1), 215.1, 264],
  ['a rare early one is not waited for', [...times(1, 0), ...times(99, 60 * MINUTE)], 54, 67.1],
  ['a rare late one is not waited for', [...times(199, 5 * MINUTE), 200 * MINUTE], 4.5, 6.6],
  ['a twentieth early is the head', [...times(5, 10 * MINUTE), ...times(95, 60 * MINUTE)], 9, 67.1],
  ['two habits', [...times(50, 5 * MINUTE), ...times(50, 60 * MINUTE)], 4.5, 67.1],
  [
    'out of bounds are no part of the shares',
    [...times(60, 30 * MINUTE), ...times(40, 9 * HOUR)],
    27,
    34.1,
  ],
]

t.test(
  'idle policy: the windows are the head and tail of the idle times, with a margin',
  async (t) => {
    for (const [what, idleTimes, prewarm, keepAlive] of BY_HISTOGRAM) {
      const windows = policyOf(idleTimes).windows()
      t.equal(windows.basis, 'histogram', what)
      t.ok(Math.abs(windows.prewarmMs / MINUTE - prewarm) < 1e-9, `${what}: ${windows.prewarmMs}`)
      t.ok(
        Math.abs(windows.keepAliveMs / MINUTE - keepAlive) < 1e-9,
        `${what}: ${windows.keepAliveMs}`,
      )
    }
  },
)

const STANDARD = { prewarmMs: 0, keepAliveMs: 4 * HOUR, basis: 'standard' } as const
const FLAT = Array.from({ length: 240 }, (_, bin) => bin * MINUTE)

t.test('idle policy: a histogram that says little gives way to the standard', async (t) => {
  t.strictSame(policyOf([]).windows(), STANDARD, 'nothing was seen')
  t.strictSame(policyOf(times(9, MINUTE)).windows(), STANDARD, 'too few were seen')
  t.strictSame(policyOf(FLAT).windows(), STANDARD, 'all bins are alike')
  const half = [...times(50, MINUTE), ...times(50, 5 * HOUR)]
  t.strictSame(policyOf(half).windows(), STANDARD, 'half are out of bounds')
  t.strictSame(policyOf(times(20, Infinity)).windows(), STANDARD, 'all are out of bounds')
  t.strictSame(
    policyOf(times(3, MINUTE), { standardMs: 600_000 }).windows(),
    { ...STANDARD, keepAliveMs: 600_000 },
    'the standard is a parameter',
  )
})

t.test('idle policy: bins and range are parameters', async (t) => {
  const policy = policyOf(times(10, 2_500), { binMs: 1_000, rangeMs: 10_000 })
  t.strictSame(policy.windows(), { prewarmMs: 1_800, keepAliveMs: 3_300, basis: 'histogram' })
  t.throws(() => new IdlePolicy({ binMs: 0 }), RangeError)
  t.throws(() => new IdlePolicy({ binMs: 2_000, rangeMs: 1_000 }), RangeError)
})

t.test('idle policy: an old habit fades', async (t) => {
  const policy = policyOf(times(1_000, 60 * MINUTE), { observationsMax: 1_000 })
  t.ok(policy.windows().prewarmMs > 50 * MINUTE)
  for (const idleMs of times(10_000, 5 * MINUTE)) policy.observe(idleMs)
  t.strictSame(policy.windows(), policyOf(times(1_000, 5 * MINUTE)).windows())
})

t.test('idle policy: the windows are in order whatever was seen', async () => {
  const idleMs = oneof(integer({ min: -1_000, max: 20_000_000 }), constant(Infinity))
  assert(
    property(array(idleMs, { maxLength: 300 }), (idleTimes) => {
      const { prewarmMs, keepAliveMs } = policyOf(idleTimes, { observationsMax: 100 }).windows()
      return prewarmMs >= 0 && prewarmMs < keepAliveMs && keepAliveMs <= 4.4 * HOUR
    }),
  )
})

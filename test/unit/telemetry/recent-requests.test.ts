import t from 'tap'

import { LIMITS } from '../../../src/domain/limits.ts'
import type { RequestRecord } from '../../../src/telemetry/events.ts'
import { RecentRequests } from '../../../src/telemetry/recent-requests.ts'
import { requestRecord } from './request-record.ts'

const SLOT = LIMITS.activitySlotMs
/** The beginning of a slot. */
const START = 1_000_000 * SLOT

const at = (ms: number, parts: Partial<RequestRecord> = {}) =>
  requestRecord({ at: START + ms, start: 'warm', status: 200, ...parts })

t.test('recent requests: each is counted in its slot, those that woke apart', async (t) => {
  const recent = new RecentRequests()
  for (const record of [at(0, { start: 'cold' }), at(1), at(SLOT), at(SLOT + 1)])
    recent.count(record)
  const { slots, woken } = recent.activity(START + SLOT + 2)
  t.equal(slots.length, LIMITS.activitySlots)
  t.strictSame(slots.slice(-2), [2, 2])
  t.strictSame(woken.slice(-2), [1, 0])
})

t.test(
  'recent requests: the rate is of the last slots, the present one as far as it is',
  async (t) => {
    const recent = new RecentRequests()
    for (let i = 0; i < 10; i += 1) recent.count(at(i))
    t.equal(recent.activity(START + SLOT + SLOT / 2).perSecond, 10_000 / (SLOT * 1.5))
    t.equal(recent.activity(START + 2 * SLOT).perSecond, 0)
  },
)

t.test('recent requests: what is older than the slots is forgotten', async (t) => {
  const recent = new RecentRequests()
  recent.count(at(0))
  const last = recent.activity(START + (LIMITS.activitySlots - 1) * SLOT)
  t.equal(last.slots[0], 1)
  t.strictSame(recent.activity(START + LIMITS.activitySlots * SLOT).slots, [])
  t.strictSame(recent.activity(START + 10 * LIMITS.activitySlots * SLOT).warm.count, 0)
})

t.test('recent requests: warm ones are known to within 5 %, cold ones exactly', async (t) => {
  const recent = new RecentRequests()
  for (let ms = 1; ms <= 1_000; ms += 1) recent.count(at(0, { totalMs: ms }))
  for (const totalMs of [100, 200, 300]) recent.count(at(0, { totalMs, start: 'cold' }))
  recent.count(at(0, { totalMs: 7, start: 'resumed' }))
  recent.count(at(0, { totalMs: 5, start: 'queued' }))
  const { warm, cold, resumed } = recent.activity(START)
  t.equal(warm.count, 1_001)
  t.ok(Math.abs((warm.p50 ?? 0) / 500 - 1) < 0.05, `${warm.p50}`)
  t.ok(Math.abs((warm.p99 ?? 0) / 990 - 1) < 0.05, `${warm.p99}`)
  t.match(cold, { p50: 200, count: 3 })
  t.strictSame(resumed, { p50: 7, p99: 7, count: 1 })
})

t.test('recent requests: the shortest and the longest are at the ends', async (t) => {
  const recent = new RecentRequests()
  recent.count(at(0, { totalMs: 0 }))
  t.ok((recent.activity(START).warm.p50 ?? 1) < 0.1)
  for (let i = 0; i < 3; i += 1) recent.count(at(0, { totalMs: 1e12 }))
  t.ok((recent.activity(START).warm.p50 ?? 0) > 1e6)
})

t.test('recent requests: upgraded connections and refused requests have no duration', async (t) => {
  const recent = new RecentRequests()
  recent.count(at(0, { upgraded: true, totalMs: 9 }))
  recent.count(at(0, { start: undefined }))
  const { slots, warm } = recent.activity(START)
  t.equal(slots.at(-1), 2)
  t.equal(warm.count, 0)
})

t.test('recent requests: a wall clock that goes back loses nothing', async (t) => {
  const recent = new RecentRequests()
  recent.count(at(5 * SLOT))
  recent.count(at(0))
  t.equal(recent.activity(START).slots.at(-1), 2)
})

t.test(
  'recent requests: the stamp is another one whenever something else would be said',
  async (t) => {
    const recent = new RecentRequests()
    recent.count(at(0))
    let before = { stamp: -1, said: '' }
    for (let ms = 0; ms < 70 * SLOT; ms += SLOT / 5) {
      const stamp = recent.stamp(START + ms)
      const said = JSON.stringify(recent.activity(START + ms))
      if (said !== before.said && stamp === before.stamp) t.fail(`after ${ms} ms: ${said}`)
      before = { stamp, said }
    }
    t.equal(before.stamp, 0, 'what is quiet stays as it is')
  },
)

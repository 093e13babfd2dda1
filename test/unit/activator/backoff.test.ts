import t from 'tap'
import { Backoff } from '../../../src/activator/backoff.ts'
import { LIMITS } from '../../../src/domain/limits.ts'

t.test('backoff: doubles from its least to its most', async (t) => {
  const backoff = new Backoff()
  const delays = Array.from({ length: 9 }, () => backoff.failed(0))
  t.strictSame(
    delays,
    [1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1_000),
  )
  t.equal(delays[0], LIMITS.backoffMinMs)
  t.equal(delays.at(-1), LIMITS.backoffMaxMs)
})

t.test('backoff: is over at its end and begins anew after a success', async (t) => {
  const backoff = new Backoff()
  t.equal(backoff.leftMs(0), 0)
  t.equal(backoff.isCharged, false)
  backoff.failed(100)
  t.equal(backoff.leftMs(100), 1_000)
  t.equal(backoff.leftMs(1_099), 1)
  t.equal(backoff.leftMs(1_100), 0)
  t.equal(backoff.isCharged, true, 'the next failure counts on top')
  backoff.succeeded()
  t.equal(backoff.leftMs(100), 0)
  t.equal(backoff.isCharged, false)
  t.equal(backoff.failed(0), 1_000)
})

t.test('backoff: what is nobody’s fault postpones and is not charged', async (t) => {
  const backoff = new Backoff()
  backoff.postpone(0, 500)
  t.equal(backoff.leftMs(0), 500)
  t.equal(backoff.isCharged, false)
  t.equal(backoff.failed(0), 1_000)
  backoff.postpone(0, 500)
  t.equal(backoff.leftMs(0), 1_000, 'never shorter than it was')
})

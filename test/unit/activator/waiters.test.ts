import t from 'tap'
import { Waiters } from '../../../src/activator/waiters.ts'
import type { Refusal, Waiter } from '../../../src/domain/admission.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const FULL: Refusal = { code: 'QUEUE_FULL' }
const LATE: Refusal = { code: 'HOLD_TIMEOUT' }

function line() {
  const clock = new FakeClock()
  const log: string[] = []
  let count = 0
  const told: string[] = []
  const holding = {
    held: () => void told.push('held'),
    released: ({ requests, heldMs }: { requests: number; heldMs: number }) =>
      void told.push(`released ${requests} in ${heldMs} ms`),
  }
  const waiters = new Waiters(clock, holding, (by) => (count += by))
  const push = (name: string, timeoutMs = 1_000) => {
    const waiter: Waiter = {
      granted: () => true,
      refused: ({ code }) => void log.push(`${name} ${code}`),
    }
    return { waiter, ticket: waiters.push(waiter, timeoutMs, () => LATE) }
  }
  return { clock, log, told, waiters, push, count: () => count }
}

t.test('waiters: the oldest is taken first, and what is told to the host matches', async (t) => {
  const { waiters, push, clock, count } = line()
  const a = push('a')
  clock.advance(10)
  const b = push('b')
  t.equal(waiters.size, 2)
  t.equal(count(), 2)
  t.equal(waiters.oldestSince, 0)
  t.equal(waiters.oldestWaitMs(30), 30)
  t.equal(waiters.shift()?.waiter, a.waiter)
  t.equal(waiters.oldestWaitMs(30), 20)
  t.equal(waiters.shift()?.waiter, b.waiter)
  t.equal(waiters.shift(), undefined)
  t.equal(waiters.oldestWaitMs(30), 0)
  t.equal(waiters.oldestSince, undefined)
  t.equal(count(), 0)
  t.equal(clock.armed, 0, 'no timer is left')
})

t.test('waiters: each is refused when its own time is up, once', async (t) => {
  const { waiters, push, clock, log, count } = line()
  push('slow', 2_000)
  const fast = push('fast', 1_000)
  clock.advance(1_000)
  t.strictSame(log, ['fast HOLD_TIMEOUT'])
  t.equal(waiters.size, 1)
  fast.ticket.leave('gone')
  t.equal(count(), 1)
  clock.advance(1_000)
  t.strictSame(log, ['fast HOLD_TIMEOUT', 'slow HOLD_TIMEOUT'])
  t.equal(count(), 0)
})

t.test('waiters: leaving is idempotent, takes the timer along and says nothing', async (t) => {
  const { waiters, push, clock, log, count } = line()
  const first = push('a')
  push('b')
  first.ticket.leave('gone')
  first.ticket.leave('gone')
  t.equal(waiters.size, 1)
  t.equal(count(), 1)
  t.equal(clock.armed, 1)
  const taken = waiters.shift()
  taken?.leave('gone')
  t.equal(count(), 0, 'who was taken has left already')
  clock.advance(5_000)
  t.strictSame(log, [])
})

t.test('waiters: room is made by the one that came last', async (t) => {
  const { waiters, push, log, clock } = line()
  push('a')
  push('b')
  waiters.refuseNewest(FULL)
  t.strictSame(log, ['b QUEUE_FULL'])
  waiters.refuseNewest(FULL)
  waiters.refuseNewest(FULL)
  t.strictSame(log, ['b QUEUE_FULL', 'a QUEUE_FULL'])
  t.equal(clock.armed, 0)
})

t.test('waiters: who comes back while all are refused waits anew', async (t) => {
  const { waiters, log, clock, push } = line()
  const again: Waiter = {
    granted: () => true,
    refused: ({ code }) => {
      log.push(`again ${code}`)
      if (log.length < 10) waiters.push(again, 1_000, () => LATE)
    },
  }
  waiters.push(again, 1_000, () => LATE)
  push('b')
  t.equal(waiters.refuseAll(FULL), 2)
  t.strictSame(log, ['again QUEUE_FULL', 'b QUEUE_FULL'])
  t.equal(waiters.size, 1)
  t.equal(clock.armed, 1)
})

t.test('waiters: the first to wait is told, and how many had waited at the end', async (t) => {
  const { clock, told, waiters, push } = line()
  push('a')
  clock.advance(10)
  const b = push('b')
  waiters.shift()
  b.ticket.leave('gone')
  t.strictSame(told, ['held', 'released 2 in 10 ms'])
})

t.test('waiters: a queue that empties and fills all the time is told once a second', async (t) => {
  const { clock, told, waiters, push } = line()
  for (let i = 0; i < 20; i += 1) {
    push('a')
    waiters.shift()
    clock.advance(100)
  }
  t.strictSame(told, ['held', 'released 1 in 0 ms', 'held', 'released 1 in 0 ms'])
})

/** Deadlines of connections: with one timer, never early, and not for the time that the process was suspended. */

import t from 'tap'

import { DEADLINE_STEP_MS, Deadlines, Timed } from '../../../src/http1/deadlines.ts'
import { SuspendedClock } from '../../support/suspended-clock.ts'

const MINUTE_MS = 60_000

/** Ends with its deadline. */
class Member extends Timed {
  readonly #told: () => void

  constructor(deadlines: Deadlines, deadline: number, told: () => void) {
    super(deadlines, deadline)
    this.#told = told
  }

  expired(): void {
    this.end()
    this.#told()
  }

  end(): void {
    this.endDeadlines()
  }
}

function setUp() {
  const clock = new SuspendedClock()
  const deadlines = new Deadlines(clock)
  const expired: string[] = []
  const member = (name: string, deadline: number): Member =>
    new Member(deadlines, deadline, () => expired.push(name))
  return { clock, deadlines, expired, member }
}

t.test('deadlines: one that has gone by is told within two steps', async (t) => {
  const { clock, deadlines, expired, member } = setUp()
  member('never', Infinity)
  member('one', deadlines.soon(1_000))
  clock.advance(1_000)
  t.strictSame(expired, [])
  clock.advance(2 * DEADLINE_STEP_MS)
  t.strictSame(expired, ['one'])
})

t.test('deadlines: while the process is suspended no time goes by for them', async (t) => {
  const { clock, deadlines, expired, member } = setUp()
  member('never', Infinity)
  member('one', deadlines.soon(1_000))
  clock.advance(500)
  clock.suspend(MINUTE_MS)
  // What was sent meanwhile is read before any timer fires.
  const heard = member('heard', 0)
  heard.deadline = deadlines.soon(2_000)
  clock.advance(400)
  t.strictSame(expired, [])
  clock.advance(100 + 2 * DEADLINE_STEP_MS)
  t.strictSame(expired, ['one'])
  clock.advance(1_000)
  t.strictSame(expired, ['one'], 'what was heard of after it has all of its time')
  clock.advance(500)
  t.strictSame(expired, ['one', 'heard'])
})

t.test('deadlines: one set right after a suspension is not put off by it', async (t) => {
  const { clock, deadlines, expired, member } = setUp()
  member('earlier', deadlines.soon(MINUTE_MS))
  clock.advance(500)
  clock.suspend(MINUTE_MS)
  member('connect', deadlines.now() + 1_000)
  clock.advance(1_000 + DEADLINE_STEP_MS)
  t.strictSame(expired, ['connect'])
})

t.test('deadlines: without connections no time is lost, however long that lasts', async (t) => {
  const { clock, deadlines, expired, member } = setUp()
  clock.advance(MINUTE_MS)
  member('one', deadlines.now() + 1_000)
  clock.advance(1_000 + DEADLINE_STEP_MS)
  t.strictSame(expired, ['one'])
})

t.test('deadlines: each keeps its own among many that come and go', async (t) => {
  const { clock, deadlines, expired, member } = setUp()
  const many = Array.from({ length: 1_000 }, (_, i) => member(`${i}`, deadlines.soon(1_000 + i)))
  for (const [i, one] of many.entries()) if (i % 10 > 0) one.end()
  const later = Array.from({ length: 500 }, (_, i) => member(`later ${i}`, Infinity))
  for (const one of many) one.deadline = Infinity
  later[7]!.deadline = deadlines.soon(1_000)
  many[20]!.deadline = deadlines.soon(500)
  t.equal(deadlines.size, 600)
  clock.advance(2_000)
  t.strictSame(expired, ['20', 'later 7'], 'one that has ended sets no deadline of another')
  for (const one of [...many, ...later]) one.end()
  t.equal(deadlines.size, 0)
  member('last', deadlines.now())
  clock.advance(DEADLINE_STEP_MS)
  t.strictSame(expired.slice(2), ['last'])
})

/** What a process that was suspended finds: timers that are late get a round, and the world is looked at anew. */

import t from 'tap'
import { PatientClock } from '../../../src/lib/patient-clock.ts'
import { SuspendedClock } from '../../support/suspended-clock.ts'

const PATIENCE = { lateMs: 2_000, roundMs: 1_000, beatMs: 5_000 }

function setUp() {
  const base = new SuspendedClock()
  const log: string[] = []
  const clock = new PatientClock(base, PATIENCE, () => log.push('woken'))
  return { base, log, clock }
}

t.test('patient clock: timers in time fire in time', async (t) => {
  const { base, log, clock } = setUp()
  clock.timer(100, () => log.push('short'))
  clock.timer(60_000, () => log.push('long'))
  base.advance(100)
  t.strictSame(log, ['short'])
  base.advance(59_900)
  t.strictSame(log, ['short', 'long'])
})

t.test('patient clock: what fell due while suspended gets one more round', async (t) => {
  const { base, log, clock } = setUp()
  clock.timer(3_000, () => log.push('expired'))
  clock.timer(3_100, () => log.push('expired too'))
  base.suspend(60_000)
  base.advance(3_100)
  t.strictSame(log, ['woken'], 'told once, and nothing has expired yet')
  base.advance(1_000)
  t.strictSame(log, ['woken', 'expired', 'expired too'])
})

t.test('patient clock: a round is no longer than the timer was', async (t) => {
  const { base, log, clock } = setUp()
  clock.timer(10, () => log.push('expired'))
  base.suspend(60_000)
  base.advance(20)
  t.strictSame(log, ['woken', 'expired'])
})

t.test('patient clock: the round is given once', async (t) => {
  const { base, log, clock } = setUp()
  clock.timer(500, () => log.push('expired'))
  base.suspend(60_000)
  base.advance(500)
  base.suspend(60_000)
  base.advance(500)
  t.match(log.join(' '), /^woken( woken)? expired$/)
})

t.test('patient clock: a timer that is cancelled in its round never fires', async (t) => {
  const { base, log, clock } = setUp()
  const timer = clock.timer(500, () => log.push('expired'))
  base.suspend(60_000)
  base.advance(500)
  timer.cancel()
  base.advance(4_000)
  t.strictSame(log, ['woken'])
})

t.test('patient clock: a suspension is noticed where no timer was due', async (t) => {
  const { base, log } = setUp()
  base.suspend(60_000)
  base.advance(5_000)
  t.strictSame(log, ['woken'])
  base.advance(60_000)
  t.strictSame(log, ['woken'])
})

t.test(
  'patient clock: a jump of the wall clock is noticed, and nothing expires by it',
  async (t) => {
    const { base, log, clock } = setUp()
    clock.timer(60_000, () => log.push('expired'))
    base.jump(3_600_000)
    base.advance(5_000)
    base.jump(-7_200_000)
    base.advance(5_000)
    t.strictSame(log, ['woken', 'woken'])
    base.advance(50_000)
    t.strictSame(log, ['woken', 'woken', 'expired'])
  },
)

t.test('patient clock: closed it looks no more', async (t) => {
  const { base, clock } = setUp()
  clock.close()
  t.equal(base.armed, 0)
})

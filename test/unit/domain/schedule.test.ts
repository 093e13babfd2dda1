import t from 'tap'
import { isWithin, parseTimeRange, untilChangeMs } from '../../../src/domain/schedule.ts'

/** Monday 2 March 2026, in whatever zone the test runs. */
const at = (day: number, hour: number, minute = 0): number =>
  new Date(2026, 2, 1 + day, hour, minute).getTime()
const [SUN, MON, FRI, SAT] = [0, 1, 5, 6]

const ranges = (...texts: string[]) => texts.flatMap((text) => parseTimeRange(text) ?? [])

t.test(
  'schedule: a range holds on its days from its first minute to before its last',
  async (t) => {
    const office = ranges('mon-fri 08:00-18:00')
    t.equal(isWithin(office, at(MON, 7, 59)), false)
    t.equal(isWithin(office, at(MON, 8)), true)
    t.equal(isWithin(office, at(FRI, 17, 59)), true)
    t.equal(isWithin(office, at(FRI, 18)), false)
    t.equal(isWithin(office, at(SAT, 12)), false)
  },
)

t.test('schedule: a range over midnight belongs to the day on which it begins', async (t) => {
  const night = ranges('sat 22:00-06:00')
  t.equal(isWithin(night, at(SAT, 23)), true)
  t.equal(isWithin(night, at(SAT + 1, 5, 59)), true)
  t.equal(isWithin(night, at(SUN, 5, 59)), true, 'of the Saturday before')
  t.equal(isWithin(night, at(MON, 5)), false)
  t.equal(isWithin(night, at(SAT, 5)), false)
})

t.test('schedule: days may be left out, and go around the week', async (t) => {
  t.equal(isWithin(ranges('07:30-09:00'), at(SAT, 8)), true)
  const weekend = ranges('SAT-mon 00:00-24:00')
  for (const day of [SUN, MON, SAT]) t.equal(isWithin(weekend, at(day, 23, 59)), true)
  t.equal(isWithin(weekend, at(FRI, 23, 59)), false)
  t.equal(isWithin([], at(FRI, 3)), true, 'without ranges it is always')
})

t.test('schedule: the next look is when something begins or ends', async (t) => {
  const office = ranges('mon-fri 08:00-18:00')
  t.equal(untilChangeMs(office, at(MON, 7)), 3_600_000)
  t.equal(untilChangeMs(office, at(MON, 8)), 10 * 3_600_000)
  t.equal(untilChangeMs(office, at(MON, 19)), 13 * 3_600_000)
  t.equal(untilChangeMs([], at(MON, 19)), Infinity)
})

t.test('schedule: what is no time of the week is not read', async (t) => {
  const wrong = [
    '',
    'mon',
    'mon-fri',
    '8:00-18:00',
    '08:00-25:00',
    '08:00-08:00',
    'moo 08:00-09:00',
  ]
  for (const text of wrong) t.equal(parseTimeRange(text), undefined, text)
})

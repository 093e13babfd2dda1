import t from 'tap'
import * as fc from 'fast-check'
import { formatDuration, parseDuration } from '../../../src/lib/duration.ts'

t.test('duration: every unit and compound forms are read as milliseconds', async (t) => {
  t.equal(parseDuration('250ms'), 250)
  t.equal(parseDuration('30s'), 30_000)
  t.equal(parseDuration('10m'), 600_000)
  t.equal(parseDuration('1h'), 3_600_000)
  t.equal(parseDuration('7d'), 604_800_000)
  t.equal(parseDuration('1h30m'), 5_400_000)
  t.equal(parseDuration('0s'), 0)
  t.equal(parseDuration('never'), Infinity)
})

t.test(
  'duration: a text without unit, with a fraction, a sign or units out of order is none',
  async (t) => {
    for (const text of [
      '',
      '30',
      '1.5s',
      '-1s',
      '30m1h',
      '1s1s',
      '1 s',
      '1S',
      'Never',
      'ms',
      '9999999999d',
    ])
      t.equal(parseDuration(text), undefined, text)
  },
)

t.test('duration: what is formatted is read back as the same', async (t) => {
  t.equal(formatDuration(5_400_000), '1h30m')
  t.equal(formatDuration(0), '0s')
  t.equal(formatDuration(Infinity), 'never')
  fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms))
})

import t from 'tap'
import { noPhases } from '../../../src/domain/admission.ts'
import { WakeHistory } from '../../../src/telemetry/wake-history.ts'

t.test('wake history: an empty one has no median and no last wake', async (t) => {
  const history = new WakeHistory()
  t.equal(history.median('cold'), undefined)
  t.equal(history.quantile('resumed', 0.95), undefined)
  t.equal(history.last, undefined)
})

t.test('wake history: cold and resumed are kept apart', async (t) => {
  const history = new WakeHistory()
  history.record('cold', 900, noPhases())
  history.record('resumed', 10, noPhases())
  t.equal(history.median('cold'), 900)
  t.equal(history.median('resumed'), 10)
})

t.test('wake history: the median of an even number lies between the middle two', async (t) => {
  const history = new WakeHistory()
  for (const ms of [40, 10, 30, 20]) history.record('cold', ms, noPhases())
  t.equal(history.median('cold'), 25)
  t.equal(history.quantile('cold', 0), 10)
  t.equal(history.quantile('cold', 1), 40)
  t.equal(history.quantile('cold', 7), 40, 'a quantile beyond 1 is the greatest')
})

t.test('wake history: only the newest are remembered', async (t) => {
  const history = new WakeHistory(3)
  for (const ms of [1000, 1, 2, 3]) history.record('cold', ms, noPhases())
  t.equal(history.quantile('cold', 1), 3)
  history.record('cold', 9, noPhases())
  t.equal(history.quantile('cold', 0), 2)
  t.equal(history.quantile('cold', 1), 9, 'a read does not disturb the ring')
})

t.test('wake history: another one can go on from its values', async (t) => {
  const history = new WakeHistory(3)
  t.same(history.values, { cold: [], resumed: [] })
  for (const ms of [1, 2, 3, 4]) history.record('cold', ms, noPhases())
  history.record('resumed', 9, noPhases())
  t.same(history.values, { cold: [2, 3, 4], resumed: [9] }, 'oldest first')
  const next = new WakeHistory(3)
  next.restore(history.values)
  next.record('cold', 5, noPhases())
  t.same(next.values, { cold: [3, 4, 5], resumed: [9] })
})

t.test('wake history: the last wake keeps its phases', async (t) => {
  const history = new WakeHistory()
  history.record('cold', 5, noPhases())
  history.record('resumed', 7, { ...noPhases(), resume: 6 })
  t.match(history.last, { kind: 'resumed', totalMs: 7, phases: { resume: 6 } })
})

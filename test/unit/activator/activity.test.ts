import t from 'tap'
import { Activity } from '../../../src/activator/activity.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const TUNNEL_AFTER_MS = 60_000

function activity() {
  const clock = new FakeClock()
  return { clock, it: new Activity(clock, TUNNEL_AFTER_MS) }
}

t.test('activity: idle counts from the end of the last lease', async (t) => {
  const { clock, it } = activity()
  t.equal(it.idleSince(0), 0)
  t.equal(it.lastUsed, -Infinity)
  clock.advance(10)
  it.began()
  t.equal(it.idleSince(10), undefined)
  it.began()
  clock.advance(10)
  it.finished()
  t.equal(it.idleSince(20), undefined, 'another one is in flight')
  clock.advance(10)
  it.finished()
  t.equal(it.idleSince(500), 30)
  t.equal(it.lastUsed, 30)
  t.throws(() => it.finished(), /negative/)
})

t.test('activity: a tunnel counts for a while after its last byte', async (t) => {
  const { clock, it } = activity()
  it.began()
  t.equal(it.idleSince(0), undefined, 'before its first byte it is a request like any other')
  it.touched(true)
  clock.advance(1_000)
  it.touched(false)
  const until = 1_000 + TUNNEL_AFTER_MS
  t.equal(it.idleSince(until - 1), undefined)
  t.equal(it.idleSince(until), until)
  it.began()
  t.equal(it.idleSince(until), undefined, 'a request beside it counts')
  it.finished()
  t.equal(it.idleSince(until), until)
  it.untunnelled()
  it.finished()
  t.equal(it.idleSince(until), 1_000, 'without tunnels the end of the last lease counts')
})

t.test('activity: the end of a run ends what was in flight on it', async (t) => {
  const { clock, it } = activity()
  it.began()
  it.touched(true)
  clock.advance(70)
  it.reset()
  t.equal(it.inFlight, 0)
  t.equal(it.idleSince(100), 70)
  t.equal(it.touchedSince(0), false)
  clock.advance(30)
  it.reset()
  t.equal(it.idleSince(100), 70, 'an idle one fell idle before')
  it.rest()
  t.equal(it.idleSince(100), 100)
})

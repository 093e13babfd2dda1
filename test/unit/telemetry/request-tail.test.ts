import t from 'tap'

import { functionId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Events } from '../../../src/telemetry/events.ts'
import type { Reading } from '../../../src/telemetry/live-ring.ts'
import { RequestTail } from '../../../src/telemetry/request-tail.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { requestRecord } from './request-record.ts'

function setup() {
  const [events, clock] = [new Events(), new FakeClock()]
  return { events, clock, tail: new RequestTail(events, clock) }
}

const rest = (reading: Reading) => {
  const told: Record<string, unknown>[] = []
  for (let piece = reading.next(); piece; piece = reading.next())
    told.push(JSON.parse(piece.text) as Record<string, unknown>)
  return told
}

t.test('request tail: nobody reads, and it hears of nothing', async (t) => {
  const { events, tail } = setup()
  const reading = tail.read({})
  events.request(requestRecord())
  const leave = reading.onMore(() => undefined)
  events.request(requestRecord({ target: '/seen' }))
  leave()
  events.request(requestRecord())
  t.match(rest(reading), [{ k: 'request', path: '/seen' }])
})

t.test('request tail: several readers share it, the last one ends it', async (t) => {
  const { events, tail } = setup()
  const [first, second] = [tail.read({}), tail.read({ topic: 'other' })]
  const leave = first.onMore(() => undefined)
  const leaveToo = second.onMore(() => undefined)
  leave()
  events.request(requestRecord())
  events.request(requestRecord({ fn: functionId('other') }))
  leaveToo()
  events.request(requestRecord({ fn: functionId('other') }))
  t.match(rest(first), [{ fn: 'hello' }, { fn: 'other' }])
  t.equal(rest(second).length, 1)
})

t.test('request tail: a query is not told, and long texts are cut', async (t) => {
  const { events, tail } = setup()
  const reading = tail.read({})
  reading.onMore(() => undefined)
  const host = 'x'.repeat(10_000)
  events.request(requestRecord({ target: '/a?token=secret', host, userAgent: 'hidden' }))
  const [told] = rest(reading)
  t.equal(told?.['path'], '/a')
  t.ok(String(told?.['host']).length <= LIMITS.logTextChars + 1)
  t.notMatch(JSON.stringify(told), /secret|hidden/)
})

t.test('request tail: under load a bounded number is told, and how many are not', async (t) => {
  const { events, clock, tail } = setup()
  const reading = tail.read({})
  reading.onMore(() => undefined)
  for (let i = 0; i < 500; i += 1) events.request(requestRecord())
  for (let i = 0; i < 500; i += 1) events.request(requestRecord({ start: 'cold' }))
  clock.advance(1_000)
  events.request(requestRecord({ status: 502 }))
  const told = rest(reading)
  const ofKind = (start: string) => told.filter((line) => line['start'] === start).length
  t.equal(ofKind('warm'), LIMITS.requestsToldPerSecond + 1)
  t.equal(ofKind('cold'), LIMITS.specialRequestsToldPerSecond)
  const leftOut = 1_000 - LIMITS.requestsToldPerSecond - LIMITS.specialRequestsToldPerSecond
  t.match(told.at(-2), { k: 'left_out', requests: leftOut })
  t.match(told.at(-1), { k: 'request', status: 502 })
})

import t from 'tap'
import type { Answer } from '../../../src/study/asking.ts'
import type { StampedCall } from '../../../src/study/stamped-call.ts'
import { phasesOf, shareOf, timingsOf } from '../../../src/study/wake.ts'

const answer = (stamps: object, fields: Record<string, string> = {}): Answer => ({
  status: 200,
  fields: new Map(Object.entries(fields)),
  body: JSON.stringify(stamps),
  sent: 1_000,
  firstByte: 1_500,
})

const call = (name: string, sent: number, returned: number, what = ''): StampedCall => ({
  call: name,
  what,
  sent,
  returned,
})

t.test('wake: the phases of a new container add up to its total', async (t) => {
  const calls = [call('create', 1_002, 1_050), call('start', 1_053, 1_300)]
  const phases = phasesOf(answer({ listening: 1_480, firstByte: 1_490 }), calls)
  t.strictSame(phases, { before: 2, calls: 295, between: 3, boot: 180, after: 10, answer: 10 })
  t.equal(phases && shareOf(phases), 15)
})

t.test(
  'wake: a function that listens before its start is answered has no boot of its own',
  async (t) => {
    const phases = phasesOf(answer({ listening: 1_200, firstByte: 1_320 }), [
      call('start', 1_010, 1_300),
    ])
    t.strictSame(phases, { before: 10, calls: 290, between: 0, boot: 0, after: 20, answer: 180 })
  },
)

t.test('wake: without a call all before the function is the gateway', async (t) => {
  const phases = phasesOf(answer({ listening: 5, firstByte: 1_004 }), [])
  t.strictSame(phases, { before: 4, calls: 0, between: 0, boot: 0, after: 0, answer: 496 })
})

t.test('wake: calls for other containers, and later ones, are left out', async (t) => {
  const calls = [
    call('start', 1_010, 1_100, 'aaaaaaaaaaaabbbb'),
    call('create', 1_020, 1_400, 'cccccccccccc'),
    call('unpause', 1_450, 1_460, 'aaaaaaaaaaaabbbb'),
  ]
  const stamps = { listening: 1_150, firstByte: 1_160, hostname: 'aaaaaaaaaaaa' }
  t.match(phasesOf(answer(stamps), calls), { before: 10, calls: 90, boot: 50, after: 10 })
})

t.test(
  'wake: a function that tells no times, or those of another clock, has no phases',
  async (t) => {
    t.equal(phasesOf({ ...answer({}), body: 'hello' }, []), undefined)
    t.equal(phasesOf({ ...answer({}), body: '{"listening": ' }, []), undefined)
    t.equal(phasesOf(answer({ listening: 1, firstByte: 90_000 }), []), undefined)
  },
)

t.test('wake: what the gateway says of itself is read by name', async (t) => {
  const field = 'hold;dur=161.18, start;desc="x";dur=51.54, probe, connect;dur=.5'
  t.strictSame(timingsOf(answer({}, { 'server-timing': field })), {
    hold: 161.18,
    start: 51.54,
    connect: 0.5,
  })
})

/** One forced wake through the gateway, split by stamps from outside; and the same without a gateway. */

import { rounded } from '../../harness/statistics.ts'
import type { StampedCall } from '../../../src/study/stamped-call.ts'
import { stampsOf, type StampedAnswer } from '../../harness/stamped-request.ts'

/** All in ms. */
export interface WakeSample {
  /** Request written by the client → first call sent. */
  readonly before: number
  /** Between two calls: create answered → start sent. */
  readonly between: number
  /** The later of "listening" and "last call answered" → first byte of the request in the function. */
  readonly after: number
  /** The gateway's share: the sum of the three. */
  readonly share: number
  /** The calls themselves. */
  readonly calls: number
  /** Last call answered → listening; 0 where it listened already. */
  readonly boot: number
  /** Request written → first byte of the answer at the client. */
  readonly total: number
}

export interface GatewaySample extends WakeSample {
  readonly start: string
  /** What the gateway says of itself. */
  readonly timing: string
}

/** Throws when the calls are not those of one wake. */
export function gatewaySample(
  answer: StampedAnswer,
  calls: readonly StampedCall[],
  expected: { readonly start: string; readonly calls: readonly string[] },
): GatewaySample {
  const start = answer.fields.get('x-coldfront-start') ?? 'none'
  if (start !== expected.start)
    throw new Error(
      `a start of kind ${start}, not ${expected.start}: ${answer.status} ${answer.body}`,
    )
  const names = calls.map(({ call }) => call)
  if (names.join() !== expected.calls.join())
    throw new Error(`the calls of this wake were ${names.join()}, not ${expected.calls.join()}`)
  const timing = answer.fields.get('server-timing') ?? ''
  return { ...split(answer, calls), start, timing }
}

/** `answer.sent` is when the request was written; for a floor, when its first call was sent. */
export function split(
  answer: Pick<StampedAnswer, 'sent' | 'firstByte' | 'body' | 'status' | 'fields'>,
  calls: readonly StampedCall[],
): WakeSample {
  const { listening, firstByte } = stampsOf(answer)
  const first = calls[0]
  const last = calls.at(-1)
  if (!first || !last) throw new Error('a wake without a call')
  const inCalls = calls.reduce((sum, call) => sum + call.returned - call.sent, 0)
  const before = first.sent - answer.sent
  const between = last.returned - first.sent - inCalls
  const after = firstByte - Math.max(listening, last.returned)
  return {
    before: rounded(before),
    between: rounded(between),
    after: rounded(after),
    share: rounded(before + between + after),
    calls: rounded(inCalls),
    boot: rounded(Math.max(0, listening - last.returned)),
    total: rounded(answer.firstByte - answer.sent),
  }
}

/** What is kept of one trial: a line of the journal, a row of the table. Times in ms. */

import type { Answer } from './asking.ts'
import type { StampedCall } from './stamped-call.ts'
import { type Phases, phasesOf, shareOf, timingsOf } from './wake.ts'

/** Through the gateway, or the same without it. */
export type Way = 'gateway' | 'floor'

/** Which trial it was. */
export interface Trial {
  readonly repetition: number
  readonly way: Way
  /** Of the combination. */
  readonly key: string
}

export interface Sample extends Trial {
  /** Wall clock, ms since the epoch. */
  readonly at: number
  /** The place within its repetition. */
  readonly order: number
  /** Requests written → first byte of the last answer, the burst as a whole. */
  readonly total: number
  /** The same of each request of the burst, in the order they were sent. */
  readonly totals: readonly number[]
  /** Of the request that was answered first; undefined where the function tells no times. */
  readonly phases: Phases | undefined
  readonly share: number | undefined
  /** What the gateway says of itself, of the same request. */
  readonly timings: Readonly<Record<string, number>>
  /** Kinds of start, each once: `cold`, `resumed`, `queued`, `warm`. */
  readonly starts: readonly string[]
  /** Over the last minute. */
  readonly load: number
}

/** A trial that gave no sample, and why. */
export interface Failure extends Trial {
  readonly at: number
  readonly failed: string
}

export interface Measured {
  readonly answers: readonly Answer[]
  readonly calls: readonly StampedCall[]
}

/** Throws when an answer is a failure of the gateway or the function. */
export function sampleOf(
  { answers, calls }: Measured,
  circumstances: Trial & Pick<Sample, 'at' | 'order' | 'load'>,
): Sample {
  const bad = answers.find(({ status }) => !(status < 500))
  if (bad) throw new Error(`an answer of ${bad.status}: ${bad.body.slice(0, 200)}`)
  const first = answers.reduce((a, b) => (b.firstByte < a.firstByte ? b : a))
  const phases = phasesOf(first, calls)
  const totals = answers.map(({ sent, firstByte }) => rounded(firstByte - sent))
  const sent = Math.min(...answers.map((answer) => answer.sent))
  const last = Math.max(...answers.map((answer) => answer.firstByte))
  const starts = answers.map(({ fields }) => fields.get('x-coldfront-start') ?? '')
  return {
    ...circumstances,
    total: rounded(last - sent),
    totals,
    phases: phases && roundedPhases(phases),
    share: phases && rounded(shareOf(phases)),
    timings: timingsOf(first),
    starts: [...new Set(starts.filter(Boolean))],
  }
}

/** To the microsecond, which is more than the clock is worth. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

const roundedPhases = (phases: Phases): Phases => ({
  before: rounded(phases.before),
  calls: rounded(phases.calls),
  between: rounded(phases.between),
  boot: rounded(phases.boot),
  after: rounded(phases.after),
  answer: rounded(phases.answer),
})

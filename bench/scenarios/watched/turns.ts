/**
 * What it costs one gateway to be in another state, under one load. The states take turns that are too short for the machine
 * to change its mind between them, off on on off or on off off on by chance, so that each round cancels what drifts;
 * rounds are added until their interval is narrow, or the time is over.
 */

import { type Interval, mean, meanInterval } from '../../harness/bootstrap.ts'
import type { BenchGateway } from '../../harness/gateway.ts'
import { fineCpuUs, writes } from '../../harness/proc.ts'
import { median, rounded } from '../../harness/statistics.ts'
import { shown, type Table } from '../../harness/table.ts'
import { now, sleep } from '../../harness/time.ts'
import { Chance } from '../../../src/lib/chance.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU } from '../warm/part.ts'
import { generator } from '../warm/throughput.ts'
import type { Upstream } from '../warm/upstream.ts'
import type { Stage } from './leg.ts'

/**
 * Measured on two busy processors (load 13), the interval after six minutes of rounds that differ in nothing: 1.8 % wide with
 * slices of 100 ms, 2.8 of 200, 3.0 of 400, 7.1 of 1,500.
 */
const SLICE_MS = 100
/** After a switch, not counted. */
const SETTLE_MS = 20
const WARM_UP_MS = 1_000
/** Before the first round: by then the code is as fast as it gets, or the machine so busy that it does not matter. */
const FIRST_WARM_UP = { answers: 50_000, limitMs: 15_000, everyMs: 100 }
/** Of one run of the load; after each the interval is looked at. */
const BLOCK_SECONDS = 40
/** A round is begun no later than this before the load ends. */
const ROUND_MS = 4_000
const ROUNDS_MIN = 40
/** Of all rounds of one comparison. */
const TIME_MAX_S = 900
/** Between the ends of the interval, in percent: beyond it there is no verdict. */
export const WIDTH_MAX = 2

/** CPU µs per request in each state, of two slices together. */
export interface Round {
  readonly off: number
  readonly on: number
}

export interface Turns {
  readonly name: string
  readonly rounds: readonly Round[]
  /** Answers that were none. */
  readonly errors: number
}

export interface TurnsParts {
  readonly name: string
  readonly gateway: BenchGateway
  readonly upstream: Upstream
  /** Resolves when it is ordered; it is off at first. */
  readonly switchTo: (isOn: boolean) => Promise<void> | void
}

export async function inTurns(
  parts: TurnsParts,
  { settings, cleanup, say }: Stage,
): Promise<Turns> {
  const { name, gateway } = parts
  const chance = new Chance(settings.seed)
  const upstreams = parts.upstream.pids()
  const giveUp = now() + TIME_MAX_S * 1_000
  const rounds: Round[] = []
  let errors = 0
  for (;;) {
    const left = Math.max(0, Math.round((giveUp - now()) / 1_000))
    const so =
      rounds.length > 0 ? `, ${shownInterval(moreIn({ rounds }, settings.seed).interval)} %` : ''
    say(`${name}: ${rounds.length} rounds${so}; ${left} s more at the most`)
    const isEnough = rounds.length >= ROUNDS_MIN && widthOf(rounds, settings.seed) <= WIDTH_MAX
    if (isEnough || left < BLOCK_SECONDS) return { name, rounds, errors }
    // As fast as answers come: then the cost of one does not hang on how many come in a turn of the event loop.
    const load = generator.run({
      port: gateway.port,
      host: HOST,
      connections: settings.connections,
      seconds: BLOCK_SECONDS,
      cpu: LOAD_CPU,
      cleanup,
    })
    // A round that fails ends it: then the reason is what the round says.
    load.catch(() => undefined)
    const last = now() + BLOCK_SECONDS * 1_000 - ROUND_MS
    await sleep(WARM_UP_MS)
    if (rounds.length === 0) await warmUp(upstreams)
    while (now() < last) rounds.push(await round(parts, upstreams, chance))
    await parts.switchTo(false)
    errors += (await load).errors
  }
}

async function warmUp(upstreams: readonly number[]): Promise<void> {
  const { answers, limitMs, everyMs } = FIRST_WARM_UP
  const [first, giveUp] = [writes(upstreams), now() + limitMs]
  while (writes(upstreams) - first < answers && now() < giveUp) await sleep(everyMs)
}

async function round(
  { gateway, switchTo }: TurnsParts,
  upstreams: readonly number[],
  chance: Chance,
): Promise<Round> {
  // Both in one turn and of the kernel: an answer on a busy machine comes too late to say what was at one moment.
  const sample = () => ({ answers: writes(upstreams), cpu: fineCpuUs(gateway.child.pid) })
  const sums = { off: { cpu: 0, answers: 0 }, on: { cpu: 0, answers: 0 } }
  const isFirst = chance.next() < 0.5
  for (const isOn of [isFirst, !isFirst, !isFirst, isFirst]) {
    await switchTo(isOn)
    await sleep(SETTLE_MS)
    const before = sample()
    await sleep(SLICE_MS)
    const after = sample()
    const sum = sums[isOn ? 'on' : 'off']
    sum.cpu += after.cpu - before.cpu
    sum.answers += after.answers - before.answers
  }
  const { off, on } = sums
  if (!(off.answers > 0 && on.answers > 0)) throw new Error('the load ended before its round')
  return { off: rounded(off.cpu / off.answers), on: rounded(on.cpu / on.answers) }
}

/** As logarithms: off over on is as far from 0 as on over off, so that noise moves their mean to neither side. */
const ratiosOf = (rounds: readonly Round[]): readonly number[] =>
  rounds.map(({ off, on }) => Math.log(on / off))

const percentOf = (ratio: number): number => (Math.exp(ratio) - 1) * 100

export interface More {
  readonly percent: number
  readonly interval: Interval
}

/** The mean of the rounds' ratios: what is dear and seldom counts in full, which a median would not see. */
export function moreIn({ rounds }: Pick<Turns, 'rounds'>, seed: number): More {
  const ratios = ratiosOf(rounds)
  const { low, high } = meanInterval(ratios, seed)
  return {
    percent: percentOf(mean(ratios)),
    interval: { low: percentOf(low), high: percentOf(high) },
  }
}

const widthOf = (rounds: readonly Round[], seed: number): number => {
  const { low, high } = moreIn({ rounds }, seed).interval
  return high - low
}

/** Why there is no verdict. */
export function widthDoubt(turns: Turns, seed: number): string | undefined {
  const { interval } = moreIn(turns, seed)
  const width = interval.high - interval.low
  return width > WIDTH_MAX
    ? `its interval is ${width.toFixed(1)} % wide (${shownInterval(interval)})`
    : undefined
}

const shownInterval = ({ low, high }: Interval): string => `${shown(low, 2)} … ${shown(high, 2)}`

export const turnsTable = (title: string, all: readonly Turns[], seed: number): Table => ({
  title,
  columns: ['', 'rounds', 'off, CPU µs/request', 'on', 'more %', '95 % interval', 'errors'],
  rows: all.map((turns) => {
    const { percent, interval } = moreIn(turns, seed)
    return [
      turns.name,
      String(turns.rounds.length),
      shown(median(turns.rounds.map(({ off }) => off)), 2),
      shown(median(turns.rounds.map(({ on }) => on)), 2),
      shown(percent, 2),
      shownInterval(interval),
      String(turns.errors),
    ]
  }),
})

/** One measurement of a gateway that is or is not watched: CPU per request as the scheduler counts it, and latency. */

import { fineCpuUs } from '../../harness/proc.ts'
import { rounded } from '../../harness/statistics.ts'
import { openLoop } from '../../load/open-loop.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU } from '../warm/part.ts'
import { generator } from '../warm/throughput.ts'
import type { Call } from '../../harness/scenario.ts'

/** Requests per second where the rate is fixed: far below what a core bears, so that latency is not that of a queue. */
export const RATE = 4_000
const WARM_UP_SECONDS = 0.5

export interface Leg {
  readonly way: string
  readonly round: number
  readonly cpuUs: number
  readonly p50: number
  readonly p99: number
  readonly errors: number
}

export interface Stage extends Call {
  /** Of one measurement. */
  readonly seconds: number
}

interface Watched extends Stage {
  readonly load: 'closed loop' | 'fixed rate'
}

/** What is measured: a gateway, and what is begun before and ended after. */
export interface Way {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** Begins to watch; returns what ends that. */
  readonly watch?: () => Promise<() => Promise<void>>
}

/** Each way once in each round, each round in another order; before it each once, not kept. */
export async function interleaved(
  what: string,
  { ways, rounds, call }: { ways: readonly Way[]; rounds: number; call: Watched },
): Promise<readonly Leg[]> {
  for (const way of ways) await leg(way, -1, call)
  const legs: Leg[] = []
  for (let round = 0; round < rounds; round += 1) {
    call.say(`${what}, round ${round + 1} of ${rounds}`)
    const turn = round % ways.length
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)])
      legs.push(await leg(way, round, call))
  }
  return legs
}

async function leg({ name, watch, ...way }: Way, round: number, call: Watched): Promise<Leg> {
  const unwatch = await watch?.()
  const numbers = await (call.load === 'closed loop' ? closedLoop : fixedRate)(way, call)
  await unwatch?.()
  return { way: name, round, ...numbers }
}

type Target = Pick<Way, 'port' | 'pid'>
type Numbers = Omit<Leg, 'way' | 'round'>

/** As fast as answers come: the cost of a request does not hang on how many come in one turn of the event loop. */
async function closedLoop(
  { port, pid }: Target,
  { cleanup, settings, seconds }: Watched,
): Promise<Numbers> {
  const { connections } = settings
  const before = fineCpuUs(pid)
  const load = { port, host: HOST, connections, seconds, cpu: LOAD_CPU, cleanup }
  const { requests, p50, p99, errors } = await generator.run(load)
  const cpuUs = (fineCpuUs(pid) - before) / requests
  return { cpuUs: rounded(cpuUs), p50: rounded(p50), p99: rounded(p99), errors }
}

/** Latency counts from when a request was due, so that a stall is seen. */
async function fixedRate(
  { port, pid }: Target,
  { cleanup, settings, seconds }: Watched,
): Promise<Numbers> {
  let before = fineCpuUs(pid)
  const { connections } = settings
  const load = { port, host: HOST, connections, rate: RATE, seconds, cpu: LOAD_CPU, cleanup }
  const onCounting = (): void => void (before = fineCpuUs(pid))
  const report = await openLoop({ ...load, warmUpSeconds: WARM_UP_SECONDS, onCounting })
  const { p50, p99, errors } = report
  const cpuUs = (fineCpuUs(pid) - before) / report.answers
  return { cpuUs: rounded(cpuUs), p50: rounded(p50), p99: rounded(p99), errors }
}

/** A value of each round, in order. */
export const valuesOf = (
  legs: readonly Leg[],
  way: string,
  pick: (leg: Leg) => number,
): readonly number[] => legs.filter((leg) => leg.way === way).map(pick)

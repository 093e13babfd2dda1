/** One measurement of a gateway that is or is not watched: CPU per request to the microsecond, and latency, at a fixed rate. */

import { fineCpuUs } from '../../harness/proc.ts'
import { rounded } from '../../harness/statistics.ts'
import { openLoop } from '../../load/open-loop.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU } from '../warm/part.ts'
import type { Call } from '../../harness/scenario.ts'

/** Far enough below what a core bears for a busy machine, near enough that a percent can be seen. */
export const RATE = 4_000
const WARM_UP_SECONDS = 1

export interface Leg {
  readonly way: string
  readonly round: number
  readonly cpuUs: number
  readonly p50: number
  readonly p99: number
  readonly answered: number
  readonly errors: number
}

export interface Watched extends Pick<Call, 'cleanup' | 'settings'> {
  readonly seconds: number
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
  { ways, rounds, call }: { ways: readonly Way[]; rounds: number; call: Call & Watched },
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

async function leg(
  { name, port, pid, watch }: Way,
  round: number,
  { cleanup, settings, seconds }: Watched,
): Promise<Leg> {
  const unwatch = await watch?.()
  let before = fineCpuUs(pid)
  const { connections } = settings
  const load = { port, host: HOST, connections, rate: RATE, seconds, cpu: LOAD_CPU, cleanup }
  const onCounting = (): void => void (before = fineCpuUs(pid))
  const report = await openLoop({ ...load, warmUpSeconds: WARM_UP_SECONDS, onCounting })
  const cpuUs = (fineCpuUs(pid) - before) / report.answers
  await unwatch?.()
  return {
    way: name,
    round,
    cpuUs: rounded(cpuUs),
    p50: rounded(report.p50),
    p99: rounded(report.p99),
    answered: rounded(report.answered / report.due),
    errors: report.errors,
  }
}

/** A value of each round, in order. */
export const valuesOf = (
  legs: readonly Leg[],
  way: string,
  pick: (leg: Leg) => number,
): readonly number[] => legs.filter((leg) => leg.way === way).map(pick)

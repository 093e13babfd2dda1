/** What the parts of the warm scenario share: ways to send requests, rounds, and what a part gives. */

import type { Chart } from '../../harness/chart.ts'
import type { Call, Measured, Target } from '../../harness/scenario.ts'
import { median } from '../../harness/statistics.ts'
import type { Upstream } from './upstream.ts'

export const PROXY_CPU = 0
export const LOAD_CPU = 1
/** Below this a proxy may have been held back by the load generator or the upstream. */
export const HEADROOM_MIN = 1.3

/** Something to send requests to. `direct` is the upstream itself. */
export interface Way {
  readonly name: string
  readonly port: number
  readonly pids: () => readonly number[]
  readonly takePauses?: (() => readonly number[]) | undefined
}

export interface Stage extends Call {
  readonly upstream: Upstream
  /** All of them, the direct one first. */
  readonly ways: readonly Way[]
  /** A directory of this name for configuration. */
  readonly own: (name: string) => string
  /** Of one measurement. */
  readonly seconds: number
}

export interface Part {
  readonly tables: Measured['tables']
  readonly targets: readonly Target[]
  readonly charts: readonly Chart[]
  readonly notes: readonly string[]
  readonly samples: unknown
}

export type Placed<S> = S & { readonly way: string; readonly round: number }

/** Every way once in each round, each round in another order; before it each once, not kept. */
export async function interleaved<W extends { readonly name: string }, S extends object>(
  what: string,
  { ways, stage }: { readonly ways: readonly W[]; readonly stage: Stage },
  one: (way: W, seconds: number) => Promise<S>,
): Promise<Placed<S>[]> {
  const { settings, say, seconds } = stage
  for (const way of ways) await one(way, Math.min(2, seconds))
  const samples: Placed<S>[] = []
  for (let round = 0; round < settings.rounds; round += 1) {
    say(`${what}, round ${round + 1} of ${settings.rounds}`)
    const turn = round % ways.length
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)])
      samples.push({ way: way.name, round, ...(await one(way, seconds)) })
  }
  return samples
}

/** The median over the rounds; NaN where the way is not installed. */
export const medianOf = <S extends { readonly way: string }>(
  samples: readonly S[],
  way: string,
  pick: (sample: S) => number,
): number => median(samples.filter((sample) => sample.way === way).map(pick))

/** Targets whose rivals are not installed are left out. */
export const known = (targets: readonly Target[]): Target[] =>
  targets.filter(({ value }) => Number.isFinite(value))

/** Why a comparison of these headrooms proves nothing. */
export function doubtOf(...headrooms: readonly number[]): string | undefined {
  const least = Math.min(...headrooms)
  return least >= HEADROOM_MIN ? undefined : `headroom ${least.toFixed(2)} ×, needs ${HEADROOM_MIN}`
}

export const times = (value: number): string =>
  Number.isFinite(value) ? `${value.toFixed(2)}×` : '–'

export const nginxAndOurs = (ways: readonly Way[]): Way[] =>
  ways.filter(({ name }) => name === 'direct' || name === 'nginx' || name === 'coldfront')

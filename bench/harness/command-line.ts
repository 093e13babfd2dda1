/** `npm run bench -- [SCENARIO …] [--option value …]` */

import { parseArgs } from 'node:util'

export interface Settings {
  /** Cold starts per tier of the process runtime. */
  readonly runs: number
  /** Cold starts per tier of Docker. */
  readonly dockerRuns: number
  /** How containers are reached. */
  readonly reach: readonly Reach[]
  /** Interleaved rounds of `warm`, starts of `many`. */
  readonly rounds: number
  /** Of each measurement of `warm`, of `chaos` and of `soak`; each has its own default. */
  readonly seconds: number | undefined
  /** Of the chances in `chaos`. */
  readonly seed: number
  readonly connections: number
  /** Only these rivals of `warm`. */
  readonly rivals: readonly string[] | undefined
  /** Only these parts of `warm` or `watched`. */
  readonly parts: readonly string[] | undefined
  /** Held requests of `storm`. */
  readonly requests: number
  /** The result is kept in the repository, not only on this machine. */
  readonly record: boolean
  /** The gateway writes a CPU profile when it ends. */
  readonly profile: boolean
}

export type Reach = 'published' | 'socket' | 'ip'

const REACHES: readonly Reach[] = ['published', 'socket', 'ip']

export const USAGE = `npm run bench -- [SCENARIO …] [options]

  --runs N          cold: starts per tier of the process runtime   (200)
  --docker-runs N   cold: starts per tier of Docker, 0 for none    (50)
  --reach LIST      cold: published, socket, ip                    (published)
  --rounds N        warm: interleaved rounds; many: starts         (5)
  --seconds S       warm: length of each measurement; chaos, soak  (4; 60, 600)
  --seed N          chaos: the same order of accidents again       (1)
  --connections N   warm: keep-alive connections                   (64)
  --rivals LIST     warm: only these, beside direct and coldfront  (all installed)
  --parts LIST      warm: throughput, steady, bodies, tunnel, memory, flat  (all)
                    watched: dashboard, scrape, traces  (all)
  --requests N      storm: held at once                            (10000)
  --record          write to bench/results/, not bench/results/local/
  --profile         the gateway leaves a CPU profile in bench/results/local/
`

export class UsageError extends Error {}

/** Throws `UsageError`. */
export function parseCommandLine(args: readonly string[]): {
  names: readonly string[]
  settings: Settings
} {
  const options = {
    runs: { type: 'string', default: '200' },
    'docker-runs': { type: 'string', default: '50' },
    reach: { type: 'string', default: 'published' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    rivals: { type: 'string' },
    parts: { type: 'string' },
    requests: { type: 'string', default: '10000' },
    record: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], options, allowPositionals: true }),
  )
  if (values.help) throw new UsageError(USAGE)
  const settings: Settings = {
    runs: count('runs', values.runs, 1),
    dockerRuns: count('docker-runs', values['docker-runs'], 0),
    reach: list(values.reach).map(reachOf),
    rounds: count('rounds', values.rounds, 1),
    seconds: values.seconds === undefined ? undefined : count('seconds', values.seconds, 1),
    seed: count('seed', values.seed, 1),
    connections: count('connections', values.connections, 1),
    rivals: values.rivals === undefined ? undefined : list(values.rivals),
    parts: values.parts === undefined ? undefined : list(values.parts),
    requests: count('requests', values.requests, 1),
    record: values.record,
    profile: values.profile,
  }
  return { names: positionals, settings }
}

/** Measurements are bounded in number and time, also those of a mistyped option. */
const COUNT_MAX = 10_000

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= COUNT_MAX) return value
  throw new UsageError(`--${name} takes a whole number from ${least} to ${COUNT_MAX}\n\n${USAGE}`)
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)

function reachOf(word: string): Reach {
  const reach = REACHES.find((known) => known === word)
  if (reach) return reach
  throw new UsageError(`--reach takes ${REACHES.join(', ')}, not ${word}\n\n${USAGE}`)
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
}

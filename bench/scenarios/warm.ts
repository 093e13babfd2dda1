/** The warm path: throughput, latency and CPU per request through the gateway and its rivals, and straight to the upstream. */

import { mkdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { canPin } from '../harness/child.ts'
import { profiling, temporaryDir } from '../harness/gateway.ts'
import { cpuUs } from '../harness/proc.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import { median, rounded } from '../harness/statistics.ts'
import { shown, type Table } from '../harness/table.ts'
import { autocannon } from '../load/autocannon.ts'
import type { Generator } from '../load/generator.ts'
import { wrk } from '../load/wrk.ts'
import { HOST } from '../rivals/coldfront.ts'
import type { Rival } from '../rivals/rival.ts'
import { RIVALS } from '../rivals/rivals.ts'
import { startUpstream } from './warm/upstream.ts'
import { validate } from './warm/validation.ts'

const PROXY_CPU = 0
const LOAD_CPU = 1
/** Of each measurement. */
const SECONDS = 4
const WARM_UP_SECONDS = 2
/** Below this a proxy may have been held back by the load generator or the upstream. */
const HEADROOM_MIN = 1.3

export const warm: Scenario = {
  name: 'warm',
  about: 'what a warm request costs, beside rivals',
  measure,
}

/** Something to send requests to. */
interface Way {
  readonly name: string
  readonly port: number
  readonly pids: () => readonly number[]
}

interface Sample {
  readonly generator: string
  readonly way: string
  readonly round: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Of the proxy; 0 straight to the upstream. */
  readonly cpuUs: number
  /** Share of its processor that the proxy used. */
  readonly busy: number
  readonly errors: number
}

async function measure(call: Call): Promise<Measured> {
  const { settings, cleanup, say } = call
  if (cpus().length < 2 || !canPin)
    say('without two processors and taskset nothing is pinned: the numbers mean little')
  const dir = temporaryDir(cleanup)
  const upstream = await startUpstream({ dir: own(dir, 'upstream'), cpu: LOAD_CPU, cleanup })
  const ways: Way[] = [{ name: 'direct', port: upstream.port, pids: () => [] }]
  const configurations: Record<string, string> = {}
  const versions: Record<string, string> = {}
  for (const rival of RIVALS) {
    const version = rival.version()
    if (version === undefined || !isWanted(rival, settings.rivals)) continue
    const setting = {
      upstream,
      dir: own(dir, rival.name),
      cpu: PROXY_CPU,
      nodeArgs: profiling(settings),
      cleanup,
    }
    const { port, pids, configuration } = await rival.start(setting)
    ways.push({ name: rival.name, port, pids })
    configurations[rival.name] = configuration
    versions[rival.name] = version
  }
  for (const { name, port } of ways) await validate(name, port, name !== 'direct')
  const generators = [wrk, autocannon].filter((generator) => generator.version() !== undefined)
  for (const generator of generators) versions[generator.name] = generator.version() ?? ''
  const samples: Sample[] = []
  for (const generator of generators) samples.push(...(await rounds(generator, ways, call)))
  const { rounds: count, seconds, connections } = settings
  return {
    conditions: {
      upstream: upstream.name,
      versions,
      rounds: count,
      seconds,
      connections,
      pinned: canPin,
      configurations,
    },
    tables: generators.map(({ name }) => table(name, ways, samples)),
    targets: [],
    notes: NOTES,
    samples,
  }
}

const isWanted = ({ name }: Rival, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || name.startsWith('coldfront') || wanted.includes(name)

function own(dir: string, name: string): string {
  const path = join(dir, name.replaceAll(/\W+/g, '-'))
  mkdirSync(path)
  return path
}

/** Every way once in each round, each round in another order. */
async function rounds(generator: Generator, ways: readonly Way[], call: Call): Promise<Sample[]> {
  const { settings, say } = call
  for (const way of ways) await one(generator, way, { ...call, seconds: WARM_UP_SECONDS })
  const samples: Sample[] = []
  for (let round = 0; round < settings.rounds; round += 1) {
    say(`${generator.name}, round ${round + 1} of ${settings.rounds}`)
    const turn = round % ways.length
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)]) {
      const sample = await one(generator, way, { ...call, seconds: settings.seconds ?? SECONDS })
      samples.push({ generator: generator.name, way: way.name, round, ...sample })
    }
  }
  return samples
}

async function one(
  generator: Generator,
  { port, pids }: Way,
  { settings, cleanup, seconds }: Call & { readonly seconds: number },
): Promise<Omit<Sample, 'generator' | 'way' | 'round'>> {
  const before = cpuUs(pids())
  const { connections } = settings
  const load = { port, host: HOST, connections, seconds, cpu: LOAD_CPU, cleanup }
  const { requests, seconds: took, errors, p50, p99 } = await generator.run(load)
  const used = cpuUs(pids()) - before
  return {
    perSecond: rounded(requests / took, 0),
    p50: rounded(p50),
    p99: rounded(p99),
    cpuUs: rounded(used / requests, 2),
    busy: rounded(used / (took * 1e6), 2),
    errors,
  }
}

const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)}×` : '–')

function table(generator: string, ways: readonly Way[], samples: readonly Sample[]): Table {
  const of = (way: string, key: 'perSecond' | 'p50' | 'p99' | 'cpuUs' | 'busy'): number =>
    median(samples.filter((s) => s.generator === generator && s.way === way).map((s) => s[key]))
  const errors = (way: string): number =>
    samples
      .filter((s) => s.generator === generator && s.way === way)
      .reduce((sum, s) => sum + s.errors, 0)
  const directly = of('direct', 'perSecond')
  return {
    title: `${generator}: medians of the rounds`,
    columns: [
      'way',
      'requests/s',
      'of http-proxy',
      'p50 ms',
      'p99 ms',
      'CPU µs/request',
      'of coldfront',
      'processor busy',
      'headroom',
      'errors',
    ],
    rows: ways.map(({ name }) => {
      const isProxy = name !== 'direct'
      const headroom = directly / of(name, 'perSecond')
      return [
        name,
        shown(of(name, 'perSecond')),
        times(of(name, 'perSecond') / of('http-proxy', 'perSecond')),
        shown(of(name, 'p50'), 2),
        shown(of(name, 'p99'), 2),
        isProxy ? shown(of(name, 'cpuUs')) : '–',
        isProxy ? times(of(name, 'cpuUs') / of('coldfront', 'cpuUs')) : '–',
        isProxy ? `${Math.round(of(name, 'busy') * 100)} %` : '–',
        !isProxy ? '–' : `${times(headroom)}${headroom < HEADROOM_MIN ? ' low' : ''}`,
        String(errors(name)),
      ]
    }),
  }
}

const NOTES = [
  'Proxies share processor 0 (one works at a time, the others idle), load generator and upstream share processor 1. All proxies do the same work: keep-alive on both sides, X-Forwarded-For, -Proto and -Host, Via, a request id, no access log; each was checked for it first.',
  'CPU µs/request: user and system time of the proxy’s processes, from /proc, over the requests that were answered. It depends less than requests/s and latency on what else the machine does, but caches are shared: compare ratios.',
  'headroom: requests/s straight to the upstream, over those of the row. Below 1.3 the load generator or the upstream was the limit, and only the CPU column says something about the proxy.',
  'The generators are closed loops: latency is that of a saturated proxy, not of one at a fixed rate.',
]

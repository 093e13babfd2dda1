/** Small keep-alive GETs at a fixed rate that all good proxies bear: CPU per request, and latency from when each was due. */

import { cpuUs } from '../../harness/proc.ts'
import { rounded } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { openLoop } from '../../load/open-loop.ts'
import { HOST } from '../../rivals/coldfront.ts'
import {
  doubtOf,
  interleaved,
  known,
  LOAD_CPU,
  medianOf,
  type Part,
  type Placed,
  type Stage,
  times,
  type Way,
} from './part.ts'

/** Requests per second. */
export const RATE = 20_000
/** Straight to the upstream the generator is asked for more: whether it could have. */
const DIRECT_RATE = 27_000
const WARM_UP_SECONDS = 1
/** Answered, of those due, below which a proxy did not bear the rate. */
const BORNE_MIN = 0.99

export interface SteadyNumbers {
  readonly perSecond: number
  /** How long it was counted, in seconds. */
  readonly elapsed: number
  /** Share of those due that were answered by the end. */
  readonly answered: number
  readonly errors: number
  readonly cpuUs: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** Of the proxy's garbage collections, in ms; empty where they are not known. */
  readonly pauses: readonly number[]
  readonly buckets: readonly (readonly [number, number])[]
}

export interface SteadyLoad {
  readonly connections: number
  readonly rate: number
  readonly seconds: number
}

/** One measurement through one way. */
export async function steadily(
  { port, pids, takePauses }: Way,
  { connections, rate, seconds }: SteadyLoad,
  { cleanup }: Pick<Stage, 'cleanup'>,
): Promise<SteadyNumbers> {
  let before = cpuUs(pids())
  const onCounting = (): void => {
    before = cpuUs(pids())
    takePauses?.()
  }
  const load = { port, host: HOST, connections, rate, seconds, cpu: LOAD_CPU, cleanup }
  const report = await openLoop({ ...load, warmUpSeconds: WARM_UP_SECONDS, onCounting })
  const { due, answered, answers, elapsed, errors, p50, p99, p999, max, buckets } = report
  return {
    perSecond: rounded(answers / elapsed, 0),
    elapsed: rounded(elapsed),
    answered: rounded(answered / due),
    errors,
    cpuUs: rounded((cpuUs(pids()) - before) / answers, 2),
    p50: rounded(p50),
    p99: rounded(p99),
    p999: rounded(p999),
    max: rounded(max),
    pauses: takePauses?.() ?? [],
    buckets,
  }
}

export async function steady(stage: Stage): Promise<Part> {
  const { ways, settings } = stage
  const { connections } = settings
  const one = (way: Way, seconds: number): Promise<SteadyNumbers> => {
    const rate = way.name === 'direct' ? DIRECT_RATE : RATE
    return steadily(way, { connections, rate, seconds }, stage)
  }
  const samples = await interleaved(`${RATE} requests/s`, { ways, stage }, one)
  return {
    tables: [tableOf(ways, samples)],
    targets: targetsOf(samples),
    charts: chartsOf(ways, samples),
    notes: [
      `At ${RATE}/s: an open loop on ${connections} connections; latency is measured from when a request was due, in steps of about 0.1 ms, within 1.6 %. Straight to the upstream the generator is asked for ${DIRECT_RATE}/s: what it reaches is the headroom. A way that answered less than ${BORNE_MIN * 100} % of what was due did not bear the rate: its latencies only tell that.`,
      'GC pauses are those of --trace-gc, with which the gateway runs throughout.',
    ],
    samples,
  }
}

type Samples = readonly Placed<SteadyNumbers>[]

function tableOf(ways: readonly Way[], samples: Samples) {
  return {
    title: `At ${RATE} requests/s: medians of the rounds`,
    columns: [
      'way',
      'answered/s',
      'borne',
      'CPU µs/request',
      'of nginx',
      'p50 ms',
      'p99 ms',
      'of nginx',
      'p99.9 ms',
      'GC pauses/s',
      'GC longest ms',
      'GC ms/s',
      'errors',
    ],
    rows: ways.map(({ name }) => {
      const of = (pick: (s: SteadyNumbers) => number, way = name): number =>
        medianOf(samples, way, pick)
      const mine = samples.filter(({ way }) => way === name)
      const gc = mine.flatMap(({ pauses }) => pauses)
      const seconds = mine.reduce((sum, s) => sum + s.elapsed, 0)
      const isProxy = name !== 'direct'
      return [
        name,
        shown(of((s) => s.perSecond)),
        of((s) => s.answered) >= BORNE_MIN ? 'yes' : 'no',
        isProxy ? shown(of((s) => s.cpuUs)) : '–',
        isProxy ? times(of((s) => s.cpuUs) / of((s) => s.cpuUs, 'nginx')) : '–',
        shown(
          of((s) => s.p50),
          2,
        ),
        shown(
          of((s) => s.p99),
          2,
        ),
        isProxy ? times(of((s) => s.p99) / of((s) => s.p99, 'nginx')) : '–',
        shown(
          of((s) => s.p999),
          2,
        ),
        gc.length === 0 ? '–' : shown(gc.length / seconds),
        gc.length === 0 ? '–' : shown(Math.max(...gc), 2),
        gc.length === 0 ? '–' : shown(gc.reduce((sum, ms) => sum + ms, 0) / seconds, 2),
        String(mine.reduce((sum, s) => sum + s.errors, 0)),
      ]
    }),
  }
}

function targetsOf(samples: Samples) {
  const cpu = (way: string): number => medianOf(samples, way, (s) => s.cpuUs)
  const p99 = (way: string): number => medianOf(samples, way, (s) => s.p99)
  const borne = (way: string): boolean => !(medianOf(samples, way, (s) => s.answered) < BORNE_MIN)
  const low = doubtOf(medianOf(samples, 'direct', (s) => s.perSecond) / RATE)
  const doubt = (...ways: readonly string[]): string | undefined =>
    low ?? (ways.every(borne) ? undefined : `${ways.find((way) => !borne(way))} did not bear it`)
  const [ours, logging, unix] = ['coldfront', 'coldfront, access log', 'coldfront, unix socket']
  const both = { doubt: doubt(ours, 'nginx') }
  const at = `at ${RATE}/s`
  return known([
    {
      what: `CPU per request ${at}, of nginx`,
      value: cpu(ours) / cpu('nginx'),
      limit: 1.5,
      aim: 1.2,
      unit: '×',
      ...both,
    },
    {
      what: `CPU per request ${at}, unix socket, of nginx over TCP`,
      value: cpu(unix) / cpu('nginx'),
      limit: 1.5,
      aim: 1,
      unit: '×',
      doubt: doubt(unix, 'nginx'),
    },
    { what: `p99 ${at}`, value: p99(ours), limit: 2, unit: 'ms', doubt: doubt(ours) },
    { what: `p99 ${at}, of nginx`, value: p99(ours) / p99('nginx'), limit: 4, unit: '×', ...both },
    {
      what: `access log, more CPU per request ${at}`,
      value: cpu(logging) - cpu(ours),
      limit: 5,
      unit: 'µs',
      doubt: doubt(logging, ours),
    },
  ])
}

function chartsOf(ways: readonly Way[], samples: Samples) {
  const bars = (key: 'cpuUs' | 'p99') =>
    ways
      .filter(({ name }) => name !== 'direct')
      .map(({ name }) => ({ name, value: medianOf(samples, name, (s) => s[key]) }))
  const at = `at ${RATE} requests/s (less is better)`
  return [
    { title: `CPU per request ${at}`, unit: 'µs', base: 'nginx', bars: bars('cpuUs') },
    { title: `p99 ${at}`, unit: 'ms', base: 'nginx', bars: bars('p99') },
  ]
}

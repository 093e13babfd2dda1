/** Small keep-alive GETs as fast as one core answers them: closed loops, so no latency is promised of it. */

import { cpuUs } from '../../harness/proc.ts'
import { rounded } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { autocannon } from '../../load/autocannon.ts'
import { wrk } from '../../load/wrk.ts'
import { HOST } from '../../rivals/coldfront.ts'
import {
  doubtOf,
  HEADROOM_MIN,
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

interface Numbers {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Of the proxy; 0 straight to the upstream. */
  readonly cpuUs: number
  /** Share of its processor that the proxy used. */
  readonly busy: number
  readonly errors: number
}

export const generator = wrk.version() === undefined ? autocannon : wrk

export async function throughput(stage: Stage): Promise<Part> {
  const { ways, settings, cleanup } = stage
  const one = async ({ port, pids }: Way, seconds: number): Promise<Numbers> => {
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
  const samples = await interleaved(`${generator.name}, small GETs`, { ways, stage }, one)
  return {
    tables: [tableOf(ways, samples)],
    targets: targetsOf(samples),
    charts: [chartOf(ways, samples)],
    notes: [
      'Small GETs: a closed loop; its latency is that of a saturated proxy. CPU µs/request: user and system time of the proxy’s processes, from /proc, over the answers.',
    ],
    samples,
  }
}

type Samples = readonly Placed<Numbers>[]

const rate = (samples: Samples, way: string): number =>
  medianOf(samples, way, ({ perSecond }) => perSecond)

const headroom = (samples: Samples, way: string): number =>
  rate(samples, 'direct') / rate(samples, way)

function tableOf(ways: readonly Way[], samples: Samples) {
  return {
    title: `Small GETs with ${generator.name}: medians of the rounds`,
    columns: [
      'way',
      'requests/s',
      'of nginx',
      'p50 ms',
      'p99 ms',
      'CPU µs/request',
      'of nginx',
      'processor busy',
      'headroom',
      'errors',
    ],
    rows: ways.map(({ name }) => {
      const of = (key: keyof Numbers, way = name): number => medianOf(samples, way, (s) => s[key])
      const isProxy = name !== 'direct'
      const room = headroom(samples, name)
      const errors = samples.filter(({ way }) => way === name).reduce((sum, s) => sum + s.errors, 0)
      return [
        name,
        shown(of('perSecond')),
        times(of('perSecond') / of('perSecond', 'nginx')),
        shown(of('p50'), 2),
        shown(of('p99'), 2),
        isProxy ? shown(of('cpuUs')) : '–',
        isProxy ? times(of('cpuUs') / of('cpuUs', 'nginx')) : '–',
        isProxy ? `${Math.round(of('busy') * 100)} %` : '–',
        isProxy ? `${times(room)}${room < HEADROOM_MIN ? ' low: does not count' : ''}` : '–',
        String(errors),
      ]
    }),
  }
}

/** What is promised of requests/s, by way, rival, least and aim. */
const PROMISED = [
  ['coldfront', 'nginx', 0.75, 0.9],
  ['coldfront, unix socket', 'nginx', 0.75, 1],
  ['coldfront', 'caddy', 3, undefined],
  ['coldfront', 'http-proxy', 2.5, undefined],
  ['coldfront', 'node:http + undici', 1.5, undefined],
] as const

const targetsOf = (samples: Samples) =>
  known(
    PROMISED.map(([ours, rival, limit, aim]) => ({
      what: `requests/s of one core: ${ours}, of ${rival}`,
      value: rate(samples, ours) / rate(samples, rival),
      limit,
      unit: '×',
      atLeast: true,
      ...(aim === undefined ? {} : { aim }),
      doubt: doubtOf(headroom(samples, ours), headroom(samples, rival)),
    })),
  )

const chartOf = (ways: readonly Way[], samples: Samples) => ({
  title: 'Small GETs, requests/s of one core (more is better)',
  unit: '/s',
  base: 'nginx',
  bars: ways
    .filter(({ name }) => name !== 'direct')
    .map(({ name }) => ({ name, value: rate(samples, name) })),
})

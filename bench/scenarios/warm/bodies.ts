/** Bytes: answers of a megabyte, and POSTs of 64 KB. Needs wrk and an upstream with files. */

import { join } from 'node:path'
import { cpuUs } from '../../harness/proc.ts'
import { BENCH } from '../../harness/root.ts'
import { rounded } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { wrk } from '../../load/wrk.ts'
import { HOST } from '../../rivals/coldfront.ts'
import {
  doubtOf,
  HEADROOM_MIN,
  interleaved,
  known,
  LOAD_CPU,
  medianOf,
  nginxAndOurs,
  type Part,
  type Placed,
  type Stage,
  times,
  type Way,
} from './part.ts'
import { FILES } from './upstream.ts'

interface Kind {
  readonly name: string
  readonly bytes: number
  readonly path: string
  readonly script?: string
}

const KINDS: readonly Kind[] = [
  { name: 'answers of 1 MB', bytes: FILES['/megabyte'], path: '/megabyte' },
  {
    name: 'POSTs of 64 KB',
    bytes: 65_536,
    path: '/',
    script: join(BENCH, 'load', 'post-64k.lua'),
  },
]
/** Of nginx's bytes per second. */
const SHARE_MIN = 0.8

interface Numbers {
  readonly kind: string
  readonly mbPerSecond: number
  /** Of the proxy, for a megabyte. */
  readonly cpuUs: number
  readonly errors: number
}

export async function bodies(stage: Stage): Promise<Part> {
  const ways = nginxAndOurs(stage.ways)
  const samples: Placed<Numbers>[] = []
  for (const kind of KINDS) {
    const one = (way: Way, seconds: number) => measured(kind, way, { ...stage, seconds })
    samples.push(...(await interleaved(kind.name, { ways, stage }, one)))
  }
  return {
    tables: KINDS.map((kind) => tableOf(kind, ways, of(samples, kind))),
    targets: known(KINDS.map((kind) => targetOf(kind, of(samples, kind)))),
    charts: KINDS.map((kind) => chartOf(kind, ways, of(samples, kind))),
    notes: [],
    samples,
  }
}

const of = (samples: Samples, { name }: Kind): Samples =>
  samples.filter(({ kind }) => kind === name)

async function measured(
  { name, bytes, path, script }: Kind,
  { port, pids }: Way,
  { settings, cleanup, seconds }: Stage,
): Promise<Numbers> {
  const before = cpuUs(pids())
  const { connections } = settings
  const load = { port, host: HOST, connections, seconds, path, cpu: LOAD_CPU, cleanup }
  const report = await wrk.run(script === undefined ? load : { ...load, script })
  const mb = (report.requests * bytes) / 1e6
  return {
    kind: name,
    mbPerSecond: rounded(mb / report.seconds, 0),
    cpuUs: rounded((cpuUs(pids()) - before) / mb, 1),
    errors: report.errors,
  }
}

type Samples = readonly Placed<Numbers>[]

const speed = (samples: Samples, way: string): number =>
  medianOf(samples, way, ({ mbPerSecond }) => mbPerSecond)

const headroom = (samples: Samples, way: string): number =>
  speed(samples, 'direct') / speed(samples, way)

function tableOf(kind: Kind, ways: readonly Way[], samples: Samples) {
  return {
    title: `${kind.name}: medians of the rounds`,
    columns: ['way', 'MB/s', 'of nginx', 'CPU µs/MB', 'of nginx', 'headroom', 'errors'],
    rows: ways.map(({ name }) => {
      const cpu = (way: string): number => medianOf(samples, way, ({ cpuUs: us }) => us)
      const isProxy = name !== 'direct'
      const room = headroom(samples, name)
      const errors = samples.filter(({ way }) => way === name).reduce((sum, s) => sum + s.errors, 0)
      return [
        name,
        shown(speed(samples, name)),
        times(speed(samples, name) / speed(samples, 'nginx')),
        isProxy ? shown(cpu(name)) : '–',
        isProxy ? times(cpu(name) / cpu('nginx')) : '–',
        isProxy ? `${times(room)}${room < HEADROOM_MIN ? ' low: does not count' : ''}` : '–',
        String(errors),
      ]
    }),
  }
}

const targetOf = ({ name }: Kind, samples: Samples) => ({
  what: `${name}, bytes/s, of nginx`,
  value: speed(samples, 'coldfront') / speed(samples, 'nginx'),
  limit: SHARE_MIN,
  unit: '×',
  atLeast: true,
  doubt: doubtOf(headroom(samples, 'coldfront'), headroom(samples, 'nginx')),
})

const chartOf = ({ name }: Kind, ways: readonly Way[], samples: Samples) => ({
  title: `${name} (more is better)`,
  unit: 'MB/s',
  base: 'nginx',
  bars: ways
    .filter((way) => way.name !== 'direct')
    .map((way) => ({ name: way.name, value: speed(samples, way.name) })),
})

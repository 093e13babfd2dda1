/** Whether a request costs the same among many: routes from 10 to 10,000, connections from 1 to 10,000, at one fixed rate. */

import { openFilesMax } from '../../harness/proc.ts'
import { shown, type Table } from '../../harness/table.ts'
import { startColdfront } from '../../rivals/coldfront.ts'
import {
  interleaved,
  medianOf,
  type Part,
  type Placed,
  PROXY_CPU,
  type Stage,
  type Way,
} from './part.ts'
import { steadily, type SteadyNumbers } from './steady.ts'

const ROUTES = [10, 10_000] as const
const CONNECTIONS = [1, 64, 1_000, 10_000] as const
/** With how many of the one the other is varied. */
const USUAL = { routes: 1_000, connections: 64 } as const
/** What one connection bears. */
const RATE = 5_000
/** The dearest over the cheapest. */
const RATIO_MAX = 1.15
/** Open files beside the connections. */
const FILES_MORE = 500

interface Kind extends Way {
  readonly connections: number
}

export async function flat(stage: Stage): Promise<Part> {
  const routes: Kind[] = []
  for (const count of ROUTES) routes.push(await gateway(count, stage))
  const usual = await gateway(USUAL.routes, stage)
  const connections = CONNECTIONS.filter((count) => count + FILES_MORE <= openFilesMax()).map(
    (count) => ({ ...usual, name: `${count} connections`, connections: count }),
  )
  const one = ({ connections: count, ...way }: Kind, seconds: number): Promise<SteadyNumbers> =>
    steadily(way, { connections: count, rate: RATE, seconds }, stage)
  const byRoutes = await interleaved('routes', { ways: routes, stage }, one)
  const byConnections = await interleaved('connections', { ways: connections, stage }, one)
  const doubt =
    connections.length < CONNECTIONS.length ? `only ${openFilesMax()} open files` : undefined
  return {
    tables: [
      tableOf('Routes', routes, byRoutes),
      tableOf('Connections', connections, byConnections),
    ],
    targets: [
      { ...targetOf(routes, byRoutes), what: '10 to 10,000 routes, CPU per request' },
      {
        ...targetOf(connections, byConnections),
        what: '1 to 10,000 connections, CPU per request',
        doubt,
      },
    ],
    charts: [],
    notes: [
      `Flat: ${RATE} requests/s in all cases, spread evenly over the connections; among ${USUAL.routes} routes on ${USUAL.connections} connections unless varied.`,
    ],
    samples: [...byRoutes, ...byConnections],
  }
}

async function gateway(routes: number, { upstream, cleanup }: Stage): Promise<Kind> {
  const { port, pids } = await startColdfront({
    upstream: `127.0.0.1:${upstream.port}`,
    routes,
    cpu: PROXY_CPU,
    nodeArgs: [],
    cleanup,
  })
  return { name: `${routes} routes`, port, pids, connections: USUAL.connections }
}

type Samples = readonly Placed<SteadyNumbers>[]

const cpu = (samples: Samples, way: string): number => medianOf(samples, way, ({ cpuUs: us }) => us)

const tableOf = (title: string, kinds: readonly Kind[], samples: Samples): Table => ({
  title: `${title}, at ${RATE} requests/s: medians of the rounds`,
  columns: ['among', 'CPU µs/request', 'answered/s', 'p50 ms', 'p99 ms'],
  rows: kinds.map(({ name }) => [
    name,
    shown(cpu(samples, name)),
    shown(medianOf(samples, name, (s) => s.perSecond)),
    shown(
      medianOf(samples, name, (s) => s.p50),
      2,
    ),
    shown(
      medianOf(samples, name, (s) => s.p99),
      2,
    ),
  ]),
})

function targetOf(kinds: readonly Kind[], samples: Samples) {
  const costs = kinds.map(({ name }) => cpu(samples, name))
  return { value: Math.max(...costs) / Math.min(...costs), limit: RATIO_MAX, unit: '×' }
}

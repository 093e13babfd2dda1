/** What an open dashboard costs the warm path: the same gateway with and without one, in turns. */

import { join } from 'node:path'
import { type Interval, mean, meanInterval } from '../../harness/bootstrap.ts'
import { Child } from '../../harness/child.ts'
import { BenchGateway, profiling } from '../../harness/gateway.ts'
import { BENCH } from '../../harness/root.ts'
import type { Call, Measured } from '../../harness/scenario.ts'
import { median } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU, PROXY_CPU } from '../warm/part.ts'
import type { Upstream } from '../warm/upstream.ts'
import { interleaved, type Leg, RATE, valuesOf, type Watched, type Way } from './leg.ts'

/** As many as the dashboard is promised to stay smooth with. */
const FUNCTIONS = 200
/** Fewer say nothing of a few percent. */
const ROUNDS_MIN = 20
const PERCENT_MAX = 3
/** Between the ends of the interval: beyond it there is no verdict. */
const WIDTH_MAX = 2
const OPEN_MS = 10_000
const SLEEPER = 'sleeper'

const KINDS = [
  { name: 'dashboard open', args: [] },
  { name: 'dashboard open, with the tail of requests', args: ['tail'] },
] as const
const ALONE = 'nobody looks'

export async function dashboard(call: Call & Watched, upstream: Upstream): Promise<Measured> {
  const gateway = await startGateway(call, upstream)
  const { port } = gateway
  const { pid } = gateway.child
  const ways: Way[] = [
    { name: ALONE, port, pid },
    ...KINDS.map(({ name, args }) => ({
      name,
      port,
      pid,
      watch: () => openDashboard(gateway.socket, args, call),
    })),
  ]
  const rounds = Math.max(ROUNDS_MIN, call.settings.rounds)
  const legs = await interleaved('dashboard', { ways, rounds, call })
  return {
    conditions: { functions: FUNCTIONS, rate: RATE, rounds, seconds: call.seconds },
    tables: [tableOf(ways, legs, call.settings.seed)],
    targets: [targetOf(KINDS[0].name, legs, call.settings.seed)],
    notes: [
      `Dashboard: one gateway with ${FUNCTIONS} functions and no access log; the reader has the stream of events and asks for the overview each second, while one function is paused and woken twice a second. CPU is the scheduler’s account of all threads. More: the mean of the rounds’ ratios, with its 95 % interval by bootstrap; wider than ${WIDTH_MAX} % there is no verdict.`,
    ],
    samples: legs,
  }
}

function startGateway(call: Call, upstream: Upstream): Promise<BenchGateway> {
  const target = `127.0.0.1:${upstream.port}`
  const others = Array.from({ length: FUNCTIONS - 2 }, (_, i) => [
    `other-${i}`,
    { hosts: [`other-${i}.localhost`], upstream: target },
  ])
  const functions = {
    warm: { hosts: [HOST], upstream: target },
    [SLEEPER]: {
      hosts: [`${SLEEPER}.localhost`],
      command: [process.execPath, join(BENCH, 'apps', 'stamp.mjs')],
      idle: { pauseAfter: '1h', stopAfter: 'never' },
    },
    ...(Object.fromEntries(others) as object),
  }
  const file = { runtime: 'process', log: { requests: false }, functions }
  const nodeArgs = profiling(call.settings)
  return BenchGateway.start({ file, cpu: PROXY_CPU, nodeArgs }, call.cleanup)
}

async function openDashboard(
  socket: string,
  args: readonly string[],
  { cleanup }: Call,
): Promise<() => Promise<void>> {
  const program = join(BENCH, 'load', 'dashboard-client.ts')
  const command = [process.execPath, program, socket, SLEEPER, ...args] as const
  const child = new Child({ what: 'the dashboard', command, cpu: LOAD_CPU }, cleanup)
  await child.line((line) => (line === 'open' ? true : undefined), OPEN_MS)
  return async () => {
    const saw = child.line((line) => (line.startsWith('{') ? JSON.parse(line) : undefined), OPEN_MS)
    const [{ events }] = (await Promise.all([saw, child.end()])) as [{ events: number }, void]
    if (events === 0) throw new Error('the dashboard saw no event')
  }
}

/** Percent more than alone, round by round. */
function more(legs: readonly Leg[], way: string): readonly number[] {
  const alone = valuesOf(legs, ALONE, ({ cpuUs }) => cpuUs)
  return valuesOf(legs, way, ({ cpuUs }) => cpuUs).map(
    (cpu, round) => (cpu / (alone[round] ?? NaN) - 1) * 100,
  )
}

const shownInterval = ({ low, high }: Interval): string => `${shown(low, 2)} … ${shown(high, 2)}`

const tableOf = (ways: readonly Way[], legs: readonly Leg[], seed: number) => ({
  title: `At ${RATE} requests/s: medians of the rounds`,
  columns: ['way', 'CPU µs/request', 'more %', '95 % interval', 'p50 ms', 'p99 ms', 'errors'],
  rows: ways.map(({ name }) => {
    const of = (pick: (leg: Leg) => number): number => median(valuesOf(legs, name, pick))
    const isAlone = name === ALONE
    return [
      name,
      shown(
        of(({ cpuUs }) => cpuUs),
        2,
      ),
      isAlone ? '–' : shown(mean(more(legs, name)), 2),
      isAlone ? '–' : shownInterval(meanInterval(more(legs, name), seed)),
      shown(
        of(({ p50 }) => p50),
        2,
      ),
      shown(
        of(({ p99 }) => p99),
        2,
      ),
      String(valuesOf(legs, name, ({ errors }) => errors).reduce((sum, errors) => sum + errors, 0)),
    ]
  }),
})

function targetOf(name: string, legs: readonly Leg[], seed: number) {
  const { low, high } = meanInterval(more(legs, name), seed)
  const width = high - low
  const doubt =
    width > WIDTH_MAX
      ? `its interval is ${width.toFixed(1)} % wide (${low.toFixed(1)} … ${high.toFixed(1)})`
      : undefined
  const what = `${name}, more CPU per request`
  return { what, value: mean(more(legs, name)), limit: PERCENT_MAX, unit: '%', doubt }
}

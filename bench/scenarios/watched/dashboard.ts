/**
 * What an open dashboard costs the warm path. One load goes on while the dashboard opens and closes every
 * second: neighbours in time share what else the machine does, so that their ratio says more than runs apart.
 */

import { join } from 'node:path'
import { type Interval, mean, meanInterval } from '../../harness/bootstrap.ts'
import { Chance } from '../../../src/lib/chance.ts'
import type { Cleanup } from '../../harness/cleanup.ts'
import { Child } from '../../harness/child.ts'
import { BenchGateway, profiling } from '../../harness/gateway.ts'
import { fineCpuUs } from '../../harness/proc.ts'
import { BENCH } from '../../harness/root.ts'
import type { Call, Measured } from '../../harness/scenario.ts'
import { median, rounded } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { sleep } from '../../harness/time.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU, PROXY_CPU } from '../warm/part.ts'
import type { Upstream } from '../warm/upstream.ts'
import { generator } from '../warm/throughput.ts'
import type { Stage } from './leg.ts'

/** As many as the dashboard is promised to stay smooth with. */
const FUNCTIONS = 200
/** Each is a second open and a second closed; fewer say nothing of a few percent. */
const ROUNDS = 50
const SLICE_MS = 1_000
/** After it opens or closes, not counted. */
const SETTLE_MS = 100
const WARM_UP_MS = 2_000
/** What a busy machine adds to a second. */
const SLACK = 1.15
const ANSWERED = 'coldfront_requests_total\\{function="warm",start="warm",code_class="2xx"\\}'
const PERCENT_MAX = 3
/** Between the ends of the interval: beyond it there is no verdict. */
const WIDTH_MAX = 2
const READY_MS = 10_000
const SLEEPER = 'sleeper'

const KINDS = [
  { name: 'dashboard open', args: [] },
  { name: 'dashboard open, with the tail of requests', args: ['tail'] },
] as const

interface Round {
  /** CPU µs per request. */
  readonly closed: number
  readonly open: number
}

interface Run {
  readonly name: string
  readonly rounds: readonly Round[]
  readonly errors: number
}

export async function dashboard(call: Stage, upstream: Upstream): Promise<Measured> {
  const gateway = await startGateway(call, upstream)
  const runs: Run[] = []
  for (const kind of KINDS) {
    call.say(`${kind.name}: ${ROUNDS} rounds`)
    runs.push(await run(kind, gateway, call))
  }
  return {
    conditions: { functions: FUNCTIONS, rounds: ROUNDS, sliceMs: SLICE_MS },
    tables: [tableOf(runs, call.settings.seed)],
    targets: runs.slice(0, 1).map((run) => targetOf(run, call.settings.seed)),
    notes: [
      `Dashboard: one gateway with ${FUNCTIONS} functions and no access log; the reader has the stream of events and asks for the overview each second, while one function is paused and woken twice a second. CPU is the scheduler’s account of all threads. More: the mean of the rounds’ ratios, with its 95 % interval by bootstrap; wider than ${WIDTH_MAX} % there is no verdict.`,
    ],
    samples: runs,
  }
}

async function run(
  { name, args }: (typeof KINDS)[number],
  gateway: BenchGateway,
  { cleanup, settings }: Stage,
): Promise<Run> {
  const reader = await startReader(args, gateway, cleanup)
  const { connections } = settings
  // As fast as answers come: then the cost of one does not hang on how many come in a turn of the event loop.
  const seconds = Math.ceil((ROUNDS * 2 * SLICE_MS * SLACK + WARM_UP_MS) / 1_000)
  const load = generator.run({
    port: gateway.port,
    host: HOST,
    connections,
    seconds,
    cpu: LOAD_CPU,
    cleanup,
  })
  await sleep(WARM_UP_MS)
  const rounds = await takeTurns(reader.pid, gateway, new Chance(settings.seed))
  const { errors } = await load
  const saw = reader.line((line) => (line.startsWith('{') ? line : undefined), READY_MS)
  await reader.end()
  if ((JSON.parse(await saw) as { events: number }).events < ROUNDS)
    throw new Error(`the dashboard saw too few events: ${await saw}`)
  return { name, rounds, errors }
}

async function startReader(
  args: readonly string[],
  { socket }: BenchGateway,
  cleanup: Cleanup,
): Promise<Child> {
  const program = join(BENCH, 'load', 'dashboard-client.ts')
  const command = [process.execPath, program, socket, SLEEPER, ...args] as const
  const reader = new Child({ what: 'the dashboard', command, cpu: LOAD_CPU }, cleanup)
  await reader.line((line) => (line === 'ready' ? true : undefined), READY_MS)
  return reader
}

/** Open or closed first, by chance. */
async function takeTurns(
  reader: number,
  gateway: BenchGateway,
  chance: Chance,
): Promise<readonly Round[]> {
  let isOpen = false
  const slice = async (wanted: boolean): Promise<number> => {
    if (isOpen !== wanted) process.kill(reader, 'SIGUSR2')
    isOpen = wanted
    await sleep(SETTLE_MS)
    const { pid } = gateway.child
    // The count is asked for outside of what is measured.
    const answeredBefore = await gateway.metric(ANSWERED)
    const before = fineCpuUs(pid)
    await sleep(SLICE_MS - SETTLE_MS)
    const cpu = fineCpuUs(pid) - before
    return rounded(cpu / ((await gateway.metric(ANSWERED)) - answeredBefore))
  }
  const rounds: Round[] = []
  for (let i = 0; i < ROUNDS; i += 1) {
    const isFirst = chance.next() < 0.5
    const first = await slice(isFirst)
    const second = await slice(!isFirst)
    rounds.push(isFirst ? { open: first, closed: second } : { open: second, closed: first })
  }
  return rounds
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

/** Percent more than closed, round by round. */
const more = ({ rounds }: Run): readonly number[] =>
  rounds.map(({ open, closed }) => (open / closed - 1) * 100)

const shownInterval = ({ low, high }: Interval): string => `${shown(low, 2)} … ${shown(high, 2)}`

const tableOf = (runs: readonly Run[], seed: number) => ({
  title: 'Dashboard, as fast as answers come',
  columns: ['', 'closed, CPU µs/request', 'open', 'more %', '95 % interval', 'errors'],
  rows: runs.map((one) => [
    one.name,
    shown(median(one.rounds.map(({ closed }) => closed)), 2),
    shown(median(one.rounds.map(({ open }) => open)), 2),
    shown(mean(more(one)), 2),
    shownInterval(meanInterval(more(one), seed)),
    String(one.errors),
  ]),
})

function targetOf(one: Run, seed: number) {
  const interval = meanInterval(more(one), seed)
  const width = interval.high - interval.low
  const doubt =
    width > WIDTH_MAX
      ? `its interval is ${width.toFixed(1)} % wide (${shownInterval(interval)})`
      : undefined
  const what = `${one.name}, more CPU per request`
  return { what, value: mean(more(one)), limit: PERCENT_MAX, unit: '%', doubt }
}

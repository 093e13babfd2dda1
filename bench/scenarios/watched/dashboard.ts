/**
 * What an open dashboard costs the warm path: it opens and closes in turns under one load. It asks as often as the real one
 * does, each second and after events, and has a function paused and woken all the time, so that there are some.
 */

import { join } from 'node:path'
import type { Cleanup } from '../../harness/cleanup.ts'
import { Child } from '../../harness/child.ts'
import { BenchGateway, profiling } from '../../harness/gateway.ts'
import { BENCH } from '../../harness/root.ts'
import type { Call, Measured, Target } from '../../harness/scenario.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU, PROXY_CPU } from '../warm/part.ts'
import type { Upstream } from '../warm/upstream.ts'
import type { Stage } from './leg.ts'
import { inTurns, moreIn, type Turns, turnsTable, WIDTH_MAX, widthDoubt } from './turns.ts'

/** As many as the dashboard is promised to stay smooth with. */
const FUNCTIONS = 200
const PERCENT_MAX = 3
const READY_MS = 10_000
const SLEEPER = 'sleeper'

const KINDS = [
  { name: 'dashboard open', args: [] },
  { name: 'dashboard open, with the tail of requests', args: ['tail'] },
] as const

export async function dashboard(call: Stage, upstream: Upstream): Promise<Measured> {
  const gateway = await startGateway(call, upstream)
  const all: Turns[] = []
  for (const kind of KINDS) all.push(await run(kind, { gateway, upstream }, call))
  const { seed } = call.settings
  return {
    conditions: { functions: FUNCTIONS, rounds: all.map(({ rounds }) => rounds.length) },
    tables: [turnsTable('Dashboard, as fast as answers come', all, seed)],
    targets: all.slice(0, 1).map((turns) => targetOf(turns, seed)),
    notes: [
      `Dashboard: one gateway with ${FUNCTIONS} functions and no access log; the reader has the stream of events and asks for the overview each second and after events, while one function is paused and woken twice a second, open or not. CPU is the scheduler’s account of all threads, requests are the upstream’s writes. A round is four slices, off on on off or the other way round. More: the geometric mean of the rounds’ ratios, with its 95 % interval by bootstrap; wider than ${WIDTH_MAX} % there is no verdict.`,
    ],
    samples: all,
  }
}

async function run(
  { name, args }: (typeof KINDS)[number],
  { gateway, upstream }: { gateway: BenchGateway; upstream: Upstream },
  call: Stage,
): Promise<Turns> {
  const reader = await startReader(args, gateway, call.cleanup)
  let isOpen = false
  const switchTo = async (wanted: boolean): Promise<void> => {
    if (isOpen === wanted) return
    isOpen = wanted
    const word = wanted ? 'open' : 'closed'
    const done = reader.line((line) => (line === word ? true : undefined), READY_MS)
    process.kill(reader.pid, 'SIGUSR2')
    await done
  }
  const turns = await inTurns({ name, gateway, upstream, switchTo }, call)
  const saw = reader.line((line) => (line.startsWith('{') ? line : undefined), READY_MS)
  await reader.end()
  if ((JSON.parse(await saw) as { events: number }).events < turns.rounds.length)
    throw new Error(`the dashboard saw too few events: ${await saw}`)
  return turns
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

function targetOf(turns: Turns, seed: number): Target {
  return {
    what: `${turns.name}, more CPU per request`,
    value: moreIn(turns, seed).percent,
    limit: PERCENT_MAX,
    unit: '%',
    doubt: widthDoubt(turns, seed),
  }
}

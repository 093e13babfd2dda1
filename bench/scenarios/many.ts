/** A thousand functions configured, none running: what they cost at start-up and in memory, and fifty of them woken at once. */

import { join } from 'node:path'
import { Cleanup } from '../harness/cleanup.ts'
import { BenchGateway, temporaryDir } from '../harness/gateway.ts'
import { cpuUs, memoryKb } from '../harness/proc.ts'
import { BENCH } from '../harness/root.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import { ask, stampsOf } from '../harness/stamped-request.ts'
import { median, percentile, rounded } from '../harness/statistics.ts'
import { shown } from '../harness/table.ts'
import { now, sleep } from '../harness/time.ts'

const MANY = 1_000
const WOKEN = 50
const ANSWER_MS = 60_000
/** Before memory is read: the start is over, and no garbage collection was asked for. */
const SETTLE_MS = 2_000
const START_MS_MORE = 300
const MEMORY_MB_MORE = 60

export const many: Scenario = {
  name: 'many',
  about: 'a thousand functions configured, none running',
  measure,
}

interface StartSample {
  readonly functions: number
  readonly startMs: number
  /** Of all its threads until then. */
  readonly cpuMs: number
  readonly rssMb: number
}

type Measurand = 'startMs' | 'cpuMs' | 'rssMb'

interface WakeSample {
  readonly name: string
  readonly ms: number
  readonly problem: string | undefined
}

async function measure({ settings, cleanup, say }: Call): Promise<Measured> {
  // Of this bench's own, so that what was run before does not matter.
  const env = { XDG_CACHE_HOME: temporaryDir(cleanup) }
  say('the first start, with nothing compiled')
  const first = await startAndLook({ functions: 1, env }, cleanup)
  const starts: StartSample[] = []
  for (let round = 0; round < settings.rounds; round += 1) {
    say(`start ${round + 1} of ${settings.rounds}, with one function and with ${MANY}`)
    const counts = round % 2 === 0 ? [1, MANY] : [MANY, 1]
    for (const functions of counts) starts.push(await startAndLook({ functions, env }, cleanup))
  }
  say(`${WOKEN} functions of ${MANY} woken at once`)
  const gateway = await BenchGateway.start({ file: fileOf(MANY) }, cleanup)
  const began = now()
  const wakes = await Promise.all(
    Array.from({ length: WOKEN }, (_, i) => wake(nameOf(i * (MANY / WOKEN)), gateway)),
  )
  const allMs = now() - began
  return {
    conditions: { functions: MANY, woken: WOKEN, starts: settings.rounds, file: fileOf(1) },
    tables: [startTable(starts, first), wakeTable(wakes, allMs)],
    targets: [
      {
        what: 'start-up with 1,000 functions, more than with one',
        value: more(starts, 'startMs'),
        limit: START_MS_MORE,
        unit: 'ms',
      },
      {
        what: 'memory with 1,000 functions, more than with one',
        value: more(starts, 'rssMb'),
        limit: MEMORY_MB_MORE,
        unit: 'MB',
      },
      {
        what: 'of 50 woken at once, not answered right',
        value: wakes.filter(({ problem }) => problem).length,
        limit: 0,
        unit: 'requests',
      },
    ],
    notes: NOTES,
    samples: { first, starts, wakes, allMs: rounded(allMs) },
  }
}

const nameOf = (i: number): string => `fn-${i}`

const fileOf = (count: number) => ({
  runtime: 'process',
  functions: Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      nameOf(i),
      {
        hosts: [`${nameOf(i)}.localhost`],
        command: [process.execPath, join(BENCH, 'apps', 'stamp.mjs')],
      },
    ]),
  ),
})

interface Start {
  readonly functions: number
  readonly env: Readonly<Record<string, string>>
}

async function startAndLook({ functions, env }: Start, outer: Cleanup): Promise<StartSample> {
  const cleanup = new Cleanup()
  const undo = outer.add('a gateway', () => cleanup.run())
  const { child, startMs } = await BenchGateway.start({ file: fileOf(functions), env }, cleanup)
  const cpuMs = cpuUs([child.pid]) / 1000
  await sleep(SETTLE_MS)
  const rssMb = memoryKb(child.pid, 'VmRSS') / 1000
  await undo()
  return { functions, startMs: rounded(startMs), cpuMs, rssMb: rounded(rssMb) }
}

/** An answer is right when it comes from this very function. */
async function wake(name: string, { port }: BenchGateway): Promise<WakeSample> {
  const place = { host: '127.0.0.1', port }
  const began = now()
  const problem = await ask({ place, host: `${name}.localhost`, limitMs: ANSWER_MS }).then(
    (answer) => {
      const { service } = stampsOf(answer)
      return service === name ? undefined : `${String(service)} answered`
    },
    (error: unknown) => String(error),
  )
  return { name, ms: rounded(now() - began), problem }
}

const valuesOf = (starts: readonly StartSample[], functions: number, key: Measurand): number[] =>
  starts.filter((sample) => sample.functions === functions).map((sample) => sample[key])

/** Difference of the medians. */
const more = (starts: readonly StartSample[], key: Measurand): number =>
  median(valuesOf(starts, MANY, key)) - median(valuesOf(starts, 1, key))

const startTable = (
  starts: readonly StartSample[],
  first: StartSample,
): Measured['tables'][number] => ({
  title: 'Start-up: before exec → the log says that it listens',
  columns: ['functions', 'starts', 'start p50 ms', 'max ms', 'CPU p50 ms', 'RSS p50 MB', 'max MB'],
  rows: [
    startRow('1, the first start', [first]),
    ...[1, MANY].map((count) =>
      startRow(
        String(count),
        starts.filter(({ functions }) => functions === count),
      ),
    ),
  ],
})

function startRow(name: string, starts: readonly StartSample[]): string[] {
  const values = (key: Measurand): number[] => starts.map((sample) => sample[key])
  return [
    name,
    String(starts.length),
    shown(median(values('startMs'))),
    shown(Math.max(...values('startMs'))),
    shown(median(values('cpuMs'))),
    shown(median(values('rssMb'))),
    shown(Math.max(...values('rssMb'))),
  ]
}

const wakeTable = (wakes: readonly WakeSample[], allMs: number): Measured['tables'][number] => {
  const ms = wakes.map((sample) => sample.ms)
  return {
    title: `${WOKEN} functions woken at once`,
    columns: ['answered right', 'first ms', 'p50 ms', 'last ms', 'all ms'],
    rows: [
      [
        String(wakes.filter(({ problem }) => problem === undefined).length),
        shown(Math.min(...ms)),
        shown(median(ms)),
        shown(percentile(ms, 1)),
        shown(allMs),
      ],
    ],
  }
}

const NOTES = [
  'The first start finds no compiled code and leaves it for the others (docs/decisions/start-up.md).',
  'Each function has a host and a command of its own; nothing is woken before memory is read, two seconds after the start, without asking for a garbage collection.',
  'CPU is what all threads of the gateway used until it listened: where it is much less than the start took, something else had the processors.',
  'One function and a thousand alternate. The difference is one of medians.',
  'The fifty are spread over the thousand, one request each, sent in one turn. An answer is right when it comes from the function that was asked. Starts take permits (default: twice the processors at once), so that the last one waits for most of the others.',
]

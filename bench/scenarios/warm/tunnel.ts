/** Upgraded connections: messages of a kilobyte, echoed. The gateway and nginx in front of an upstream of their own. */

import { join } from 'node:path'
import { Child } from '../../harness/child.ts'
import { cpuUs } from '../../harness/proc.ts'
import { BENCH } from '../../harness/root.ts'
import { rounded } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import type { EchoReport } from '../../load/echo-client.ts'
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
import { startWays } from './ways.ts'

const MESSAGE_BYTES = 1_024
const START_MS = 10_000
/** Beyond the run itself. */
const SLACK_MS = 20_000
/** Of nginx's messages per second. */
const SHARE_MIN = 0.8

interface Numbers {
  readonly perSecond: number
  /** Of the proxy, for a message there and back. */
  readonly cpuUs: number
  readonly errors: number
}

export async function tunnel(stage: Stage): Promise<Part> {
  const { settings, cleanup, own } = stage
  const program = join(BENCH, 'apps', 'echo.mjs')
  const command = [process.execPath, program] as const
  const echo = new Child({ what: 'the echo', command, cpu: LOAD_CPU }, cleanup)
  const port = await echo.line((line) => Number(line) || undefined, START_MS)
  const upstream = { port, socket: '' }
  const { ways } = await startWays(['coldfront', 'nginx'], {
    upstream,
    settings,
    cleanup,
    own: (name) => own(`${name} echo`),
  })
  const one = (way: Way, seconds: number) => measured(way, { ...stage, seconds })
  const samples = await interleaved('echoed messages', { ways, stage }, one)
  return {
    tables: [tableOf(ways, samples)],
    targets: targetsOf(samples),
    charts: [
      {
        title: 'Upgraded connections, echoed messages of 1 KB (more is better)',
        unit: '/s',
        base: 'nginx',
        bars: ways
          .filter(({ name }) => name !== 'direct')
          .map(({ name }) => ({ name, value: speed(samples, name) })),
      },
    ],
    notes: [
      'Echoed messages: the generator and the echo are Node programs on one processor, so that the headroom is often low; the CPU per message is the proxy’s alone.',
    ],
    samples,
  }
}

async function measured(
  { port, pids }: Way,
  { settings, cleanup, seconds }: Stage,
): Promise<Numbers> {
  const before = cpuUs(pids())
  const program = join(BENCH, 'load', 'echo-client.ts')
  const args = [port, HOST, settings.connections, MESSAGE_BYTES, seconds].map(String)
  const command = [process.execPath, program, ...args] as const
  const child = new Child({ what: 'the echo’s client', command, cpu: LOAD_CPU }, cleanup)
  const report = await child.line(
    (line) => (line.startsWith('{') ? (JSON.parse(line) as EchoReport) : undefined),
    seconds * 1000 + SLACK_MS,
  )
  await child.end()
  return {
    perSecond: rounded(report.messages / report.seconds, 0),
    cpuUs: rounded((cpuUs(pids()) - before) / report.messages, 2),
    errors: report.errors,
  }
}

type Samples = readonly Placed<Numbers>[]

const speed = (samples: Samples, way: string): number =>
  medianOf(samples, way, ({ perSecond }) => perSecond)

const headroom = (samples: Samples, way: string): number =>
  speed(samples, 'direct') / speed(samples, way)

const cpu = (samples: Samples, way: string): number => medianOf(samples, way, ({ cpuUs: us }) => us)

function tableOf(ways: readonly Way[], samples: Samples) {
  return {
    title: 'Upgraded connections, messages of 1 KB echoed: medians of the rounds',
    columns: ['way', 'messages/s', 'of nginx', 'CPU µs/message', 'of nginx', 'headroom', 'errors'],
    rows: ways.map(({ name }) => {
      const isProxy = name !== 'direct'
      const room = headroom(samples, name)
      const errors = samples.filter(({ way }) => way === name).reduce((sum, s) => sum + s.errors, 0)
      return [
        name,
        shown(speed(samples, name)),
        times(speed(samples, name) / speed(samples, 'nginx')),
        isProxy ? shown(cpu(samples, name)) : '–',
        isProxy ? times(cpu(samples, name) / cpu(samples, 'nginx')) : '–',
        isProxy ? `${times(room)}${room < HEADROOM_MIN ? ' low: does not count' : ''}` : '–',
        String(errors),
      ]
    }),
  }
}

const targetsOf = (samples: Samples) =>
  known([
    {
      what: 'echoed messages of 1 KB per second, of nginx',
      value: speed(samples, 'coldfront') / speed(samples, 'nginx'),
      limit: SHARE_MIN,
      unit: '×',
      atLeast: true,
      doubt: doubtOf(headroom(samples, 'coldfront'), headroom(samples, 'nginx')),
    },
    {
      what: 'echoed messages of 1 KB per second of CPU, of nginx',
      value: cpu(samples, 'nginx') / cpu(samples, 'coldfront'),
      limit: SHARE_MIN,
      unit: '×',
      atLeast: true,
    },
  ])

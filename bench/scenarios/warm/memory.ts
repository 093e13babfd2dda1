/** What connections cost in memory: ten thousand that idle, and one that reads a gigabyte slowly. A gateway and an nginx of their own. */

import { join } from 'node:path'
import { Child } from '../../harness/child.ts'
import { memoryKb, openFilesMax, socketMemoryKb, socketSlabKb } from '../../harness/proc.ts'
import { BENCH } from '../../harness/root.ts'
import { rounded } from '../../harness/statistics.ts'
import { shown, type Table } from '../../harness/table.ts'
import { now, sleep } from '../../harness/time.ts'
import type { SlowReport } from '../../load/slow-client.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { LOAD_CPU, type Part, type Stage, type Way } from './part.ts'
import { steadily } from './steady.ts'
import { FILES } from './upstream.ts'
import { startWays } from './ways.ts'

const IDLE = 10_000
/** Open files beside the connections. */
const FILES_MORE = 500
const IDLE_KB_MAX = 12
const HELD_MS = 120_000
/** Before memory is read: garbage of what came before is collected or not, as a user would see it. */
const SETTLE_MS = 3_000
/** What went through the proxy before: code is compiled and the heap has its size. */
const BEFORE = { connections: 64, rate: 5_000, seconds: 3 } as const

const SLOW_PATH = '/gigabyte'
const SLOW_PER_SECOND = 64_000_000
const SLOW_LIMIT_MS = 120_000
const LOOK_EVERY_MS = 200
/** More than before, at any moment: what a heap breathes, a sixtieth of what went through. */
const SLOW_MB_MAX = 16

interface Idle {
  readonly way: string
  readonly residentKb: number
  readonly bufferKb: number
  readonly slabKb: number
}

interface Slow {
  readonly way: string
  readonly beforeMb: number
  readonly mostMb: number
  readonly bytes: number
  readonly seconds: number
}

export async function memory(stage: Stage): Promise<Part> {
  const { upstream, settings, cleanup, own, say } = stage
  const { ways } = await startWays(['coldfront', 'nginx'], {
    upstream,
    settings,
    cleanup,
    own: (name) => own(`${name} memory`),
  })
  const proxies = ways.filter(({ name }) => name !== 'direct')
  const idle: Idle[] = []
  const slow: Slow[] = []
  for (const way of proxies) {
    await steadily(way, BEFORE, stage)
    if (upstream.hasFiles) {
      say(`${way.name}: one slow reader`)
      slow.push(await slowReader(way, stage))
    }
    if (openFilesMax() < IDLE + FILES_MORE)
      say(`${IDLE} idle connections are left out: only ${openFilesMax()} open files are allowed`)
    else {
      say(`${way.name}: ${IDLE} idle connections`)
      idle.push(await crowd(way, stage))
    }
  }
  return {
    tables: [idleTable(idle), slowTable(slow)].filter(({ rows }) => rows.length > 0),
    targets: [...idle.flatMap(idleTarget), ...slow.flatMap(slowTarget)],
    charts: [],
    notes: [
      'Memory: resident is VmRSS of all processes of the proxy, over that after a warm-up of three seconds at 5,000/s and three seconds of rest. Socket memory is the machine’s, so both ends of each connection count.',
    ],
    samples: [...idle, ...slow],
  }
}

const residentKb = ({ pids }: Way): number =>
  pids().reduce((sum, pid) => sum + memoryKb(pid, 'VmRSS'), 0)

async function crowd(way: Way, { cleanup }: Stage): Promise<Idle> {
  await sleep(SETTLE_MS)
  const look = () => [residentKb(way), socketMemoryKb(), socketSlabKb()] as const
  const before = look()
  const program = join(BENCH, 'load', 'crowd-client.ts')
  const command = [process.execPath, program, `${way.port}`, HOST, `${IDLE}`] as const
  const child = new Child({ what: 'the crowd', command, cpu: LOAD_CPU }, cleanup)
  await child.line((line) => (line === 'held' ? true : undefined), HELD_MS)
  await sleep(SETTLE_MS)
  const after = look()
  await child.end()
  const more = (at: 0 | 1 | 2): number => rounded((after[at] - before[at]) / IDLE, 2)
  return { way: way.name, residentKb: more(0), bufferKb: more(1), slabKb: more(2) }
}

async function slowReader(way: Way, { cleanup }: Stage): Promise<Slow> {
  await sleep(SETTLE_MS)
  const beforeMb = residentKb(way) / 1000
  const program = join(BENCH, 'load', 'slow-client.ts')
  const args = [way.port, HOST, SLOW_PATH, SLOW_PER_SECOND].map(String)
  const command = [process.execPath, program, ...args] as const
  const child = new Child({ what: 'the slow reader', command, cpu: LOAD_CPU }, cleanup)
  let mostMb = beforeMb
  const timer = setInterval(() => {
    mostMb = Math.max(mostMb, residentKb(way) / 1000)
  }, LOOK_EVERY_MS)
  const began = now()
  try {
    const { bytes } = await child.line(
      (line) => (line.startsWith('{') ? (JSON.parse(line) as SlowReport) : undefined),
      SLOW_LIMIT_MS,
    )
    const seconds = rounded((now() - began) / 1000, 1)
    return {
      way: way.name,
      beforeMb: rounded(beforeMb, 1),
      mostMb: rounded(mostMb, 1),
      bytes,
      seconds,
    }
  } finally {
    clearInterval(timer)
    await child.end()
  }
}

const idleTable = (idle: readonly Idle[]): Table => ({
  title: `${IDLE} idle keep-alive connections, KB each`,
  columns: ['way', 'resident', 'kernel: socket buffers, both ends', 'kernel: slabs, both ends'],
  rows: idle.map((one) => [one.way, shown(one.residentKb), shown(one.bufferKb), shown(one.slabKb)]),
})

const slowTable = (slow: readonly Slow[]): Table => ({
  title: `One reader of 1 GB at ${SLOW_PER_SECOND / 1e6} MB/s`,
  columns: ['way', 'MB before', 'MB at most', 'GB read', 'seconds'],
  rows: slow.map((one) => [
    one.way,
    shown(one.beforeMb),
    shown(one.mostMb),
    shown(one.bytes / 1e9, 2),
    shown(one.seconds),
  ]),
})

const idleTarget = ({ way, residentKb: value }: Idle) =>
  way === 'coldfront'
    ? [{ what: `${IDLE} idle connections, resident each`, value, limit: IDLE_KB_MAX, unit: 'KB' }]
    : []

function slowTarget({ way, beforeMb, mostMb, bytes }: Slow) {
  if (way !== 'coldfront') return []
  const doubt = bytes < FILES[SLOW_PATH] ? `only ${bytes} bytes were read` : undefined
  const what = 'one slow reader of 1 GB, more resident'
  return [{ what, value: mostMb - beforeMb, limit: SLOW_MB_MAX, unit: 'MB', doubt }]
}

/** Ten thousand requests at once to one cold function: all held, all answered, none lost, none twice, counted at the function. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../harness/child.ts'
import { BenchGateway, profiling, temporaryDir } from '../harness/gateway.ts'
import { memoryKb } from '../harness/proc.ts'
import { BENCH } from '../harness/root.ts'
import type { Call, Measured, Scenario, Target } from '../harness/scenario.ts'
import { ask } from '../harness/stamped-request.ts'
import { median, percentile, rounded } from '../harness/statistics.ts'
import { shown } from '../harness/table.ts'
import { now, sleep, until } from '../harness/time.ts'
import type { StormReport } from './storm/client.ts'

const HOST = 'storm.localhost'
const BODY_BYTES = 1024
const LIMIT_MS = 180_000
const HOLD_MS = 120_000
/** Before memory is read: what the start and the last accepts leave behind is over. */
const SETTLE_MS = 1_000
/** At the peak, with the rush after the release; and while they wait. */
const KB_PER_HELD_MAX = 40
const KB_WAITING_MAX = 16

export const storm: Scenario = {
  name: 'storm',
  about: 'ten thousand requests at once to one cold function',
  measure,
}

interface CounterReport {
  readonly distinct: number
  readonly twice: readonly string[]
  readonly wrongBodies: number
}

async function measure({ settings, cleanup, say }: Call): Promise<Measured> {
  const { requests } = settings
  const release = join(temporaryDir(cleanup), 'release')
  const file = fileOf(release)
  const gateway = await BenchGateway.start({ file, nodeArgs: profiling(settings) }, cleanup)
  const { pid } = gateway.child
  await sleep(SETTLE_MS)
  const idleKb = memoryKb(pid, 'VmRSS')

  say(
    `${requests} requests from one process, ${requests / 10} of them POSTs of ${BODY_BYTES} bytes`,
  )
  const client = stormClient({ gateway, requests, cleanup })
  const reported = client.line(reportOf, LIMIT_MS + SETTLE_MS)
  reported.catch(() => undefined)
  const began = now()
  await client.line((line) => (line.includes('"sent"') ? true : undefined), LIMIT_MS)
  const held = await heldOf(gateway, requests)
  const heldMs = now() - began
  await sleep(SETTLE_MS)
  const heldKb = memoryKb(pid, 'VmRSS')

  say(`${held} are held after ${Math.round(heldMs)} ms; now the function begins to listen`)
  if (existsSync(release)) throw new Error('the function was released before all was sent')
  const released = now()
  writeFileSync(release, '')
  const report = await reported
  const answeredMs = now() - released
  const peakKb = memoryKb(pid, 'VmHWM')
  const place = { host: '127.0.0.1', port: gateway.port }
  const { body } = await ask({ place, host: HOST, path: '/report', limitMs: 10_000 })
  const counted = JSON.parse(body) as CounterReport
  const numbers = { held, heldMs, answeredMs, idleKb, heldKb, peakKb, requests, report, counted }
  return {
    conditions: {
      requests,
      bodyBytes: BODY_BYTES,
      ...file,
      defaults: 'all else as in docs/CONFIG.md',
    },
    tables: tablesOf(numbers),
    targets: targetsOf(numbers),
    notes: NOTES,
    samples: { ...numbers, heldMs: rounded(heldMs), answeredMs: rounded(answeredMs) },
  }
}

/** How many wait: all of them, or as many as do when patience ends. */
async function heldOf(gateway: BenchGateway, requests: number): Promise<number> {
  const waiting = async (): Promise<number> => (await gateway.status('storm')).waiters
  const all = async (): Promise<true | undefined> =>
    (await waiting()) === requests ? true : undefined
  await until(all, { what: `${requests} are held`, limitMs: 30_000, everyMs: 50 }).catch(
    () => false,
  )
  return waiting()
}

/** Only what ten thousand at once need: room to wait, and time. */
const fileOf = (release: string) => ({
  runtime: 'process',
  functions: {
    storm: {
      hosts: [HOST],
      command: [process.execPath, join(BENCH, 'apps', 'counter.mjs')],
      env: { RELEASE: release, LENGTH: String(BODY_BYTES) },
      hold: { waiters: 20_000, timeout: `${HOLD_MS}ms` },
      readiness: { timeout: `${HOLD_MS}ms` },
    },
  },
})

interface ClientParts {
  readonly gateway: BenchGateway
  readonly requests: number
  readonly cleanup: Call['cleanup']
}

function stormClient({ gateway, requests, cleanup }: ClientParts): Child {
  const program = join(BENCH, 'scenarios', 'storm', 'client.ts')
  const args = [gateway.port, HOST, requests, BODY_BYTES, LIMIT_MS].map(String)
  return new Child({ what: 'the client', command: [process.execPath, program, ...args] }, cleanup)
}

function reportOf(line: string): StormReport | undefined {
  if (!line.startsWith('{"k":"over"')) return undefined
  return (JSON.parse(line) as { report: StormReport }).report
}

interface Numbers {
  readonly held: number
  readonly heldMs: number
  readonly answeredMs: number
  readonly idleKb: number
  readonly heldKb: number
  readonly peakKb: number
  readonly requests: number
  readonly report: StormReport
  readonly counted: CounterReport
}

function tablesOf({
  held,
  heldMs,
  answeredMs,
  idleKb,
  heldKb,
  peakKb,
  requests,
  report,
  counted,
}: Numbers): Measured['tables'] {
  const { latencies } = report
  return [
    {
      title: 'Requests',
      columns: [
        'sent',
        'held',
        'held after',
        'answered right',
        'answered after release',
        'seen by the function',
        'seen twice',
        'wrong bodies',
      ],
      rows: [
        [
          String(requests),
          String(held),
          `${shown(heldMs)} ms`,
          String(report.answered),
          `${shown(answeredMs)} ms`,
          String(counted.distinct),
          String(counted.twice.length),
          String(counted.wrongBodies),
        ],
      ],
    },
    {
      title: 'Memory of the gateway (RSS, KB), and latency (ms, release included)',
      columns: [
        'idle',
        'all held',
        'peak',
        'per held request',
        'at the peak',
        'latency p50',
        'p99',
        'max',
      ],
      rows: [
        [
          shown(idleKb),
          shown(heldKb),
          shown(peakKb),
          shown((heldKb - idleKb) / requests),
          shown((peakKb - idleKb) / requests),
          shown(median(latencies)),
          shown(percentile(latencies, 0.99)),
          shown(Math.max(...latencies)),
        ],
      ],
    },
  ]
}

const missing = (what: string, value: number): Target => ({
  what,
  value,
  limit: 0,
  unit: 'requests',
})

function targetsOf({ held, idleKb, heldKb, peakKb, requests, report, counted }: Numbers): Target[] {
  return [
    missing('not held', requests - held),
    missing('not answered right', requests - report.answered),
    missing('lost on the way', requests - counted.distinct),
    missing('seen twice', counted.twice.length),
    missing('wrong bodies', counted.wrongBodies),
    {
      what: 'memory while all wait, per held request',
      value: (heldKb - idleKb) / requests,
      limit: KB_WAITING_MAX,
      unit: 'KB',
    },
    {
      what: 'memory at the peak, per held request',
      value: (peakKb - idleKb) / requests,
      limit: KB_PER_HELD_MAX,
      unit: 'KB',
    },
  ]
}

const NOTES = [
  'The function does not listen before all requests are sent and the gateway’s status counts them as waiting.',
  'Connections are opened with at most 256 handshakes at a time; all stay open until they are answered.',
  'The peak is VmHWM, the highest the kernel ever saw, so also that of the rush after the release; idle is the RSS one second after the start. Kernel socket memory is in neither.',
  'Each request carries its number and is answered with it; the function counts every number.',
]

/**
 * Mixed load and life cycle for a long time: warm and cold requests, sleeps and resumes, uploads, downloads, streams,
 * clients that leave, reloads. Memory and handles of the gateway are printed over time, with a verdict.
 */

import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { APP } from '../../test/support/command-function.ts'
import { benchEngine } from '../harness/bench-engine.ts'
import { Chance } from '../../src/lib/chance.ts'
import { BenchGateway, temporaryDir } from '../harness/gateway.ts'
import { type LiveMemory, liveMemory, liveMemoryParts } from '../harness/live-memory.ts'
import { memoryKb } from '../harness/proc.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import { median } from '../harness/statistics.ts'
import { shown } from '../harness/table.ts'
import { now, sleep } from '../harness/time.ts'

const SECONDS = 600
const CLIENTS = 8
const SAMPLES = 60
const PAUSE_MS = { least: 2, most: 30 }
/** A client that leaves does so after at most this long. */
const LEAVE_MS_MAX = 60
const ASK_MS = 30_000
/** Of the last quarter over the second: the first one warms up. */
const MEMORY_MORE_MB = 15
const HEAP_MORE_MB = 8
/**
 * Of what is still in use when all garbage is collected, at the end over the end of the first quarter: here a leak shows
 * that the collector's leisure hides. Asked just twice: collecting changes how V8 sizes its heap.
 */
const LIVE_MORE_MB = 2
const LIVE_BUFFERS_MORE_MB = 8
const HANDLES_MORE = 10

export const soak: Scenario = {
  name: 'soak',
  about: 'mixed load and life cycle: do memory and handles stay flat',
  measure,
}

interface Sample {
  readonly s: number
  readonly rssMb: number
  readonly heapMb: number
  /** Of buffers, outside the heap. */
  readonly externalMb: number
  readonly handles: number
  readonly requests: number
  readonly failures: number
}

interface Kind {
  readonly path: string
  readonly body?: number
  /** The client goes away in the middle. */
  readonly leaves?: boolean
}

const KINDS: readonly Kind[] = [
  { path: '/' },
  { path: '/' },
  { path: '/slow?ms=20' },
  { path: '/stream?bytes=300000' },
  { path: '/sse?count=5&ms=5' },
  { path: '/upload', body: 200_000 },
  { path: '/status?code=503' },
  { path: '/stream?bytes=30000000', leaves: true },
  { path: '/slow?ms=200', leaves: true },
  { path: '/upload', body: 2_000_000, leaves: true },
]

/** Asked once; the rest of the answer is not kept. Resolves with whether it went as it should. */
function ask(
  port: number,
  fn: string,
  kind: Kind & { readonly leaveMs: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const { path, body, leaves, leaveMs } = kind
    const method = body === undefined ? 'GET' : 'POST'
    const headers = { host: `${fn}.test` }
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers,
      agent: false,
      timeout: ASK_MS,
    }
    const wanted = path.startsWith('/status') ? 503 : 200
    const req = request(options, (res) => {
      res.resume()
      res.on('error', () => resolve(leaves === true))
      res.on('end', () => resolve(res.statusCode === wanted))
    })
    req.on('timeout', () => req.destroy(new Error('no answer')))
    req.on('error', () => resolve(leaves === true))
    if (leaves) setTimeout(() => req.destroy(), leaveMs)
    req.end(body === undefined ? undefined : Buffer.alloc(body))
  })
}

/** What the clients have done so far. */
interface Tally {
  requests: number
  failures: number
  isOver: boolean
}

async function client(
  port: number,
  names: readonly string[],
  of: { tally: Tally; chance: Chance },
) {
  const { tally, chance } = of
  while (!tally.isOver) {
    const kind = chance.of(KINDS) ?? { path: '/' }
    const leaveMs = chance.between(1, LEAVE_MS_MAX)
    if (!(await ask(port, chance.of(names) ?? '', { ...kind, leaveMs }))) tally.failures += 1
    tally.requests += 1
    await sleep(chance.between(PAUSE_MS.least, PAUSE_MS.most))
  }
}

async function fileOf(call: Call) {
  const engine = await benchEngine(call.cleanup)
  const restless = { pauseAfter: '100ms', stopAfter: '300ms', removeAfter: '1s' }
  const own = { command: [process.execPath, APP] }
  const functions: Record<string, object> = {
    awake: { ...own, hosts: ['awake.test'] },
    restless: { ...own, hosts: ['restless.test'], idle: restless },
    several: {
      ...own,
      hosts: ['several.test'],
      idle: restless,
      concurrency: 1,
      instances: { min: 0, max: 3 },
      scale: { patience: '20ms' },
    },
  }
  if ('missing' in engine) call.say(`without containers: ${engine.missing}`)
  else
    functions['contained'] = {
      hosts: ['contained.test'],
      image: await engine.image('node'),
      pull: 'never',
      socket: '/run/app/app.sock',
      labels: engine.labels,
      idle: restless,
    }
  const docker = 'missing' in engine ? {} : { docker: { host: `unix://${engine.socketPath}` } }
  return { ...docker, defaults: { stop: { grace: '1s' } }, functions }
}

async function measure(call: Call): Promise<Measured> {
  const { settings, cleanup, say } = call
  const seconds = settings.seconds ?? SECONDS
  const file = await fileOf(call)
  const names = Object.keys(file.functions)
  const told = join(temporaryDir(cleanup), 'memory')
  const gateway = await BenchGateway.start({ file, ...liveMemoryParts(told) }, cleanup)
  const { pid } = gateway.child
  const tally: Tally = { requests: 0, failures: 0, isOver: false }
  const clients = Array.from({ length: CLIENTS }, (_, i) =>
    client(gateway.port, names, { tally, chance: new Chance(settings.seed + i) }),
  )
  const samples: Sample[] = []
  const live: LiveMemory[] = []
  const began = now()
  const stepMs = (seconds * 1_000) / SAMPLES
  for (let i = 1; i <= SAMPLES; i += 1) {
    await sleep(began + i * stepMs - now())
    const sample: Sample = {
      s: Math.round((now() - began) / 1_000),
      rssMb: memoryKb(pid, 'VmRSS') / 1_000,
      heapMb: (await gateway.metric('nodejs_heap_size_used_bytes')) / 1e6,
      externalMb: (await gateway.metric('nodejs_external_memory_bytes')) / 1e6,
      handles: readdirSync(`/proc/${pid}/fd`).length,
      requests: tally.requests,
      failures: tally.failures,
    }
    samples.push(sample)
    say(
      `${sample.s} s: ${shown(sample.rssMb)} MB, heap ${shown(sample.heapMb)} MB, ${sample.handles} handles, ${sample.requests} requests, ${sample.failures} not as they should be`,
    )
    if (i === SAMPLES / 4 || i === SAMPLES) live.push(await liveMemory(pid, told))
    // A reload that changes nothing, now and then.
    if (i % 5 === 0) process.kill(pid, 'SIGHUP')
  }
  tally.isOver = true
  await Promise.all(clients)
  return report({ samples, live }, { seconds, clients: CLIENTS, file })
}

function report(
  { samples, live }: { samples: readonly Sample[]; live: readonly LiveMemory[] },
  conditions: Measured['conditions'],
): Measured {
  const liveMore = (what: 'heapUsed' | 'external'): number =>
    ((live.at(-1)?.[what] ?? NaN) - (live[0]?.[what] ?? NaN)) / 1e6
  const quarter = Math.floor(samples.length / 4)
  const more = (what: 'rssMb' | 'heapMb' | 'handles'): number => {
    const of = (from: number) => median(samples.slice(from, from + quarter).map((s) => s[what]))
    return of(samples.length - quarter) - of(quarter)
  }
  const everyTenth = samples.filter((_, i) => i % 6 === 5)
  return {
    conditions,
    tables: [
      {
        title: 'The gateway over time',
        columns: [
          's',
          'RSS MB',
          'heap MB',
          'external MB',
          'handles',
          'requests',
          'not as they should be',
        ],
        rows: everyTenth.map((s) => [
          `${s.s}`,
          shown(s.rssMb),
          shown(s.heapMb),
          shown(s.externalMb),
          `${s.handles}`,
          s.requests.toLocaleString('en'),
          `${s.failures}`,
        ]),
      },
    ],
    targets: [
      { what: 'memory, more', value: more('rssMb'), limit: MEMORY_MORE_MB, unit: 'MB' },
      { what: 'heap, more', value: more('heapMb'), limit: HEAP_MORE_MB, unit: 'MB' },
      { what: 'in use, more', value: liveMore('heapUsed'), limit: LIVE_MORE_MB, unit: 'MB' },
      {
        what: 'buffers in use, more',
        value: liveMore('external'),
        limit: LIVE_BUFFERS_MORE_MB,
        unit: 'MB',
      },
      { what: 'handles, more', value: more('handles'), limit: HANDLES_MORE, unit: 'handles' },
      {
        what: 'requests not as they should be',
        value: samples.at(-1)?.failures ?? 0,
        limit: 0,
        unit: 'requests',
      },
    ],
    notes: [
      '“More” is the median of the last quarter less that of the second.',
      '“In use” is read after a full collection: at the end, less at the end of the first quarter.',
    ],
    samples,
  }
}

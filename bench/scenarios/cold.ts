/**
 * Forced cold starts per runtime and tier, interleaved with their floor in the same run. What counts is the gateway's
 * share of each wake, measured from outside; docs for each number are in the notes of the result.
 */

import { join } from 'node:path'
import { EngineCalls } from '../../src/study/engine-calls.ts'
import { ProcessCalls } from '../../src/study/process-calls.ts'
import { benchEngine } from '../harness/bench-engine.ts'
import { BenchGateway, profiling, temporaryDir } from '../harness/gateway.ts'
import type { Call, Measured, Scenario, Target } from '../harness/scenario.ts'
import { ask } from '../harness/stamped-request.ts'
import { median, percentile } from '../harness/statistics.ts'
import { shown, type Table } from '../harness/table.ts'
import { now, sleep } from '../harness/time.ts'
import { gatewaySample, type GatewaySample, type WakeSample } from './cold/sample.ts'
import type { Tier } from './cold/tier.ts'
import { dockerStage, processStage, type Stage } from './cold/tiers.ts'

const ANSWER_MS = 30_000
/**
 * Between falling asleep and being woken, for the work that follows to be over. Docker 20.10 applies its own pause event
 * late: an unpause within some ms of the pause leaves a container that says for a moment that it is paused.
 */
const SETTLE_MS = 30

/** Of one tier. */
const FAILED_MAX = 3

const SHARE_P50_MS = 5
const SHARE_P95_MS = 15
const RESUMED_P50_MS = 20
/** The promise for resumed containers is made for machines whose floor is at most this. */
const RESUMED_FLOOR_MS = 15

interface TierResult {
  readonly tier: string
  readonly gateway: GatewaySample[]
  readonly floor: WakeSample[]
  /** Wakes that were not answered as they should: what came, and the gateway's last lines. */
  readonly failed: string[]
}

export const cold: Scenario = {
  name: 'cold',
  about: 'what the gateway adds to a wake',
  measure,
}

async function measure({ settings, cleanup, say }: Call): Promise<Measured> {
  const dir = temporaryDir(cleanup)
  const calls = new ProcessCalls(join(dir, 'calls'))
  const stages: Stage[] = [processStage({ settings, dir, cleanup }, calls)]
  const notes: string[] = [...NOTES]
  let docker: EngineCalls | undefined
  let engineVersion: string | undefined
  if (settings.dockerRuns > 0) {
    const engine = await benchEngine(cleanup)
    if ('missing' in engine) notes.push(`Docker was not measured: ${engine.missing}.`)
    else {
      engineVersion = (await engine.docker.version()).Version
      const stack = new AsyncDisposableStack()
      cleanup.add('the stamping engine socket', () => stack.disposeAsync())
      docker = await EngineCalls.listen(join(dir, 'engine.sock'), engine.socketPath, stack)
      for (const reach of settings.reach)
        stages.push(await dockerStage({ settings, dir, cleanup, engine, calls: docker, reach }))
    }
  }
  const file = {
    runtime: docker ? 'auto' : 'process',
    ...(docker ? { docker: { host: `unix://${docker.path}` } } : {}),
    functions: Object.assign({}, ...stages.map(({ functions }) => functions)) as object,
  }
  const gateway = await BenchGateway.start(
    { file, nodeArgs: [...calls.nodeArgs(false), ...profiling(settings)] },
    cleanup,
  )
  const results: TierResult[] = []
  for (const tier of stages.flatMap(({ tiers }) => tiers)) {
    say(`${tier.name}: ${tier.runs} wakes through the gateway, ${tier.runs} without`)
    results.push(await measureTier(tier, gateway))
    calls.clear()
    docker?.clear()
  }
  return {
    conditions: { ...settings, engine: engineVersion, functions: file.functions },
    tables: [table(results)],
    targets: results.flatMap(targetsOf),
    notes: [...notes, ...results.flatMap(({ failed }) => failed)],
    samples: results,
  }
}

/** The order of the two changes with every run, so that neither always comes after the other. */
async function measureTier(tier: Tier, gateway: BenchGateway): Promise<TierResult> {
  const result: TierResult = { tier: tier.name, gateway: [], floor: [], failed: [] }
  const { status, body } = await request(tier, gateway)
  if (status !== 200)
    throw new Error([`the first wake: ${status} ${body}`, ...gateway.child.tail].join('\n  '))
  await tier.floor.open()
  await wakeThroughGateway(tier, gateway)
  await wakeFloor(tier)
  for (let run = 0; run < tier.runs; run += 1) {
    const steps = [
      () => tryThroughGateway(tier, gateway, result),
      async () => result.floor.push(await wakeFloor(tier)),
    ]
    for (const step of run % 2 === 0 ? steps : steps.toReversed()) await step()
  }
  return result
}

/** One that fails is counted, told and left out; too many end the bench. */
async function tryThroughGateway(
  tier: Tier,
  gateway: BenchGateway,
  { gateway: samples, failed }: TierResult,
): Promise<void> {
  try {
    samples.push(await wakeThroughGateway(tier, gateway))
  } catch (error) {
    failed.push([String(error), ...gateway.child.tail].join('\n  '))
    if (failed.length <= FAILED_MAX) return
    throw new Error(`too many wakes failed\n${failed.join('\n')}`, { cause: error })
  }
}

async function wakeThroughGateway(tier: Tier, gateway: BenchGateway): Promise<GatewaySample> {
  await gateway.order(tier.fn, tier.order)
  await gateway.becomes(tier.fn, { what: 'asleep', test: tier.asleep })
  await sleep(SETTLE_MS)
  const from = now()
  const answer = await request(tier, gateway)
  return gatewaySample(answer, tier.since(from), tier)
}

async function wakeFloor({ floor }: Tier): Promise<WakeSample> {
  await floor.putToSleep()
  await sleep(SETTLE_MS)
  return floor.wake()
}

const request = (tier: Tier, { port }: BenchGateway) =>
  ask({ place: { host: '127.0.0.1', port }, host: `${tier.fn}.localhost`, limitMs: ANSWER_MS })

function table(results: readonly TierResult[]): Table {
  const columns = [
    'tier',
    'N',
    'failed',
    'share p50',
    'p95',
    'max',
    'before',
    'between',
    'after',
    'total p50',
    'p95',
    'floor p50',
    'p95',
    'total − floor',
    'floor’s after',
  ]
  const rows = results.map(({ tier, gateway, floor, failed }) => {
    const of = (key: keyof WakeSample, samples: readonly WakeSample[] = gateway): number[] =>
      samples.map((sample) => sample[key])
    const mid = (key: keyof WakeSample, samples?: readonly WakeSample[]): string =>
      shown(median(of(key, samples)), 2)
    const p95 = (key: keyof WakeSample, samples?: readonly WakeSample[]): string =>
      shown(percentile(of(key, samples), 0.95), 2)
    return [
      tier,
      String(gateway.length),
      String(failed.length),
      mid('share'),
      p95('share'),
      shown(Math.max(...of('share')), 2),
      mid('before'),
      mid('between'),
      mid('after'),
      mid('total'),
      p95('total'),
      mid('total', floor),
      p95('total', floor),
      shown(median(of('total')) - median(of('total', floor)), 2),
      mid('after', floor),
    ]
  })
  return { title: 'Wakes, in ms', columns, rows }
}

function targetsOf({ tier, gateway, floor, failed }: TierResult): Target[] {
  const share = gateway.map((sample) => sample.share)
  const targets: Target[] = [
    { what: `${tier}: share, p50`, value: median(share), limit: SHARE_P50_MS, unit: 'ms' },
    {
      what: `${tier}: share, p95`,
      value: percentile(share, 0.95),
      limit: SHARE_P95_MS,
      unit: 'ms',
    },
  ]
  targets.push({ what: `${tier}: failed`, value: failed.length, limit: 0, unit: 'wakes' })
  const floorMs = median(floor.map(({ total }) => total))
  if (tier.startsWith('docker') && tier.endsWith('paused') && floorMs <= RESUMED_FLOOR_MS) {
    const value = median(gateway.map(({ total }) => total))
    targets.push({ what: `${tier}: total, p50`, value, limit: RESUMED_P50_MS, unit: 'ms' })
  }
  return targets
}

const NOTES = [
  'All stamps are of one clock, CLOCK_MONOTONIC, which every process of the machine reads, in containers too.',
  'share = before + between + after, per sample: all of a wake that is neither a call to the runtime nor the function’s own boot. before: the client wrote the request → the first call was sent. between: create was answered → start was sent. after: the later of “the function listens” and “the last call was answered” → the first byte of the request in the function.',
  'Calls to Docker are stamped by a unix socket in front of the engine’s (answered = first byte of the answer); those of the process runtime by a module that is preloaded into the gateway: spawn of the shell that becomes the command, and kill with SIGCONT. From spawn on, what the runtime does while the function boots (a gate, a shell, a reaper) is not in the share, but in “total − floor”.',
  'total: the client wrote the request → first byte of the answer, on a connection that stood already.',
  'floor: the same call without a gateway (the gateway’s own create request over the same socket, a bare spawn, a bare SIGCONT), then connect attempts with a pause of 1 ms until one is answered. “floor’s after” is what such a loop loses after the function listens.',
  'Gateway and floor alternate, and so does which of them comes first. Before each wake the function was seen asleep, and 30 ms went by.',
]

/**
 * Load on several functions while their instances, and now and then gateway and engine, are killed at random. Every request
 * has a number that the function notes before it answers, so that one that ran twice is found.
 */

import { Chance } from '../../src/lib/chance.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import type { BenchGateway } from '../harness/gateway.ts'
import { now, until } from '../harness/time.ts'
import { Disorder } from './chaos/disorder.ts'
import { Load } from './chaos/load.ts'
import { report } from './chaos/report.ts'
import { HOLD_S, leftOver, setUp, start, tallied } from './chaos/stage.ts'

const SECONDS = 60
const CLIENTS = 12
/** Above all limits of the gateway together. */
const HUNG_MS = 25_000
/** Above the longest pause between two looks for an engine that is away. */
const HEARD_MS = 30_000

export const chaos: Scenario = {
  name: 'chaos',
  about: 'load while instances, gateway and engine are killed at random',
  measure,
}

async function measure({ settings, cleanup, say }: Call): Promise<Measured> {
  const seconds = settings.seconds ?? SECONDS
  const stage = await setUp(cleanup, say)
  const names = Object.keys(stage.functions)
  const accidents = new Map<string, number>()
  const chance = new Chance(settings.seed)
  const liveRestore = stage.own === undefined ? undefined : chance.next() < 0.5
  const engineArgs = liveRestore ? ['--live-restore'] : []
  if (liveRestore) {
    await stage.own?.stop()
    await stage.own?.start(engineArgs)
  }
  const disorder = new Disorder({ stage, gateway: await start(stage), chance, engineArgs })
  say(`${seconds} s on ${names.join(', ')}, seed ${settings.seed}`)
  const load = new Load({
    port: stage.port,
    functions: names,
    clients: CLIENTS,
    limitMs: HUNG_MS,
    chance: new Chance(settings.seed + 1),
  })
  const until = now() + seconds * 1_000
  while (now() < until) {
    const what = await disorder.strike()
    accidents.set(what, (accidents.get(what) ?? 0) + 1)
  }
  await load.stop()
  await disorder.engineIsBack
  // One that is ended before it has heard of the engine leaves what is there to the next one, as it must.
  if (stage.engine) await engineHeard(disorder.gateway)
  await disorder.gateway.child.end()
  const left = await leftOver(stage)
  const conditions = {
    seconds,
    seed: settings.seed,
    clients: CLIENTS,
    holdSeconds: HOLD_S,
    hungMs: HUNG_MS,
    engine: stage.own ? 'its own, killed and stopped too' : stage.engine ? 'left alone' : 'none',
    liveRestore,
    functions: stage.functions,
  }
  return report({
    asked: load.asked,
    accidents,
    left,
    runs: tallied(stage.tally),
    conditions,
    isEngineKilled: stage.own !== undefined,
  })
}

const engineHeard = (gateway: BenchGateway): Promise<unknown> =>
  until(
    async () => (await gateway.metric('coldfront_runtime_up{runtime="docker"}')) === 1 || undefined,
    { what: 'the gateway hears of the engine', limitMs: HEARD_MS, everyMs: 50 },
  )

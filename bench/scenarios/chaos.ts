/**
 * Load on several functions while their instances, and now and then the gateway, are killed at random. Every request
 * has a number that the function notes before it answers, so that one that ran twice is found.
 */

import { benchEngine } from '../harness/bench-engine.ts'
import { Chance } from '../../src/lib/chance.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import { now } from '../harness/time.ts'
import { Disorder } from './chaos/disorder.ts'
import { Load } from './chaos/load.ts'
import { report } from './chaos/report.ts'
import { HOLD_S, leftOver, setUp, start, tallied } from './chaos/stage.ts'

const SECONDS = 60
const CLIENTS = 12
/** Above all limits of the gateway together. */
const HUNG_MS = 25_000

export const chaos: Scenario = {
  name: 'chaos',
  about: 'load while instances and gateway are killed at random',
  measure,
}

async function measure({ settings, cleanup, say }: Call): Promise<Measured> {
  const seconds = settings.seconds ?? SECONDS
  const engine = await benchEngine(cleanup)
  if ('missing' in engine) say(`without containers: ${engine.missing}`)
  const stage = await setUp('missing' in engine ? undefined : engine, cleanup)
  const names = Object.keys(stage.functions)
  const accidents = new Map<string, number>()
  const disorder = new Disorder(stage, await start(stage), new Chance(settings.seed))
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
  await disorder.gateway.child.end()
  const left = await leftOver(stage)
  const conditions = {
    seconds,
    seed: settings.seed,
    clients: CLIENTS,
    holdSeconds: HOLD_S,
    hungMs: HUNG_MS,
    functions: stage.functions,
  }
  return report({ asked: load.asked, accidents, left, runs: tallied(stage.tally), conditions })
}

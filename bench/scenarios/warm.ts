/** The warm path: the gateway and its rivals in front of one upstream, and straight to the upstream. Its parts lie in `warm/`. */

import { mkdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { canPin, pinSelf } from '../harness/child.ts'
import { UsageError } from '../harness/command-line.ts'
import { temporaryDir } from '../harness/gateway.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import { RIVALS } from '../rivals/rivals.ts'
import { bodies } from './warm/bodies.ts'
import { flat } from './warm/flat.ts'
import { memory } from './warm/memory.ts'
import { LOAD_CPU, type Part, type Stage } from './warm/part.ts'
import { steady } from './warm/steady.ts'
import { generator, throughput } from './warm/throughput.ts'
import { tunnel } from './warm/tunnel.ts'
import { startUpstream } from './warm/upstream.ts'
import { validate } from './warm/validation.ts'
import { startWays } from './warm/ways.ts'

/** Of each measurement. */
const SECONDS = 4

const PARTS: Readonly<Record<string, (stage: Stage) => Promise<Part>>> = {
  throughput,
  steady,
  bodies,
  tunnel,
  memory,
  flat,
}

export const warm: Scenario = {
  name: 'warm',
  about: 'what a warm request costs, beside rivals',
  measure,
}

async function measure(call: Call): Promise<Measured> {
  const { settings, cleanup, say } = call
  const names = chosenParts(settings.parts)
  if (cpus().length < 2 || !canPin)
    say('without two processors and taskset nothing is pinned: the numbers mean little')
  // What the bench itself does, reading logs above all, is not to take turns with a proxy.
  cleanup.add('the pin', pinSelf(LOAD_CPU))
  const dir = temporaryDir(cleanup)
  const own = (name: string): string => {
    const path = join(dir, name.replaceAll(/\W+/g, '-'))
    mkdirSync(path)
    return path
  }
  const upstream = await startUpstream({ dir: own('upstream'), cpu: LOAD_CPU, cleanup })
  const wanted = RIVALS.map(({ name }) => name).filter(isWanted(settings.rivals))
  const started = await startWays(wanted, { upstream, settings, cleanup, own })
  for (const name of started.missing) say(`${name} is not installed and left out`)
  const { ways, configurations, versions } = started
  for (const { name, port } of ways) await validate(name, port, name !== 'direct')
  const seconds = settings.seconds ?? SECONDS
  const stage = { ...call, upstream, ways, own, seconds }
  const parts: (readonly [string, Part])[] = []
  for (const name of names) {
    if (name === 'bodies' && !canSendBodies(stage)) continue
    parts.push([name, await (PARTS[name] as (stage: Stage) => Promise<Part>)(stage)])
  }
  const { rounds, connections } = settings
  return {
    conditions: {
      upstream: upstream.name,
      versions: { ...versions, [generator.name]: generator.version() ?? '' },
      missing: started.missing,
      rounds,
      seconds,
      connections,
      pinned: canPin,
      configurations,
    },
    tables: parts.flatMap(([, { tables }]) => tables),
    targets: parts.flatMap(([, { targets }]) => targets),
    charts: parts.flatMap(([, { charts }]) => charts),
    notes: [...NOTES, ...parts.flatMap(([, { notes }]) => notes)],
    samples: Object.fromEntries(parts.map(([name, { samples }]) => [name, samples])),
  }
}

/** Throws `UsageError`. */
function chosenParts(names: readonly string[] = Object.keys(PARTS)): readonly string[] {
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name))
  if (unknown === undefined) return names
  throw new UsageError(`warm has no part ${unknown}, only ${Object.keys(PARTS).join(', ')}`)
}

const isWanted =
  (wanted: readonly string[] | undefined) =>
  (name: string): boolean =>
    wanted === undefined || name.startsWith('coldfront') || wanted.includes(name)

function canSendBodies({ upstream, say }: Stage): boolean {
  if (upstream.hasFiles && generator.name === 'wrk') return true
  say('bodies are left out: they need wrk and nginx')
  return false
}

const NOTES = [
  'Proxies share processor 0 (one works at a time, the others idle), load generator, upstream and bench share processor 1. All proxies do the same work: keep-alive on both sides, X-Forwarded-For, -Proto and -Host, Via, a request id, bodies streamed, no access log; each was checked for it first.',
  'CPU per request depends less than requests/s and latency on what else the machine does, but caches are shared: compare ratios.',
  'headroom: what the generator reaches straight to the upstream, over the row. Below 1.3 the generator or the upstream was the limit, the row does not count, and only the CPU column says something about the proxy.',
]

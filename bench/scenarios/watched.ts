/** What being looked at costs: an open dashboard, a scrape of the metrics, traces. Its parts lie in `watched/`. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pinSelf } from '../harness/child.ts'
import { UsageError } from '../harness/command-line.ts'
import { temporaryDir } from '../harness/gateway.ts'
import type { Call, Measured, Scenario } from '../harness/scenario.ts'
import { LOAD_CPU } from './warm/part.ts'
import { startUpstream } from './warm/upstream.ts'
import { dashboard } from './watched/dashboard.ts'
import { scrape } from './watched/scrape.ts'
import { traces } from './watched/traces.ts'

/** Of each measurement. */
const SECONDS = 2

const PARTS = { dashboard, scrape, traces } as const

export const watched: Scenario = {
  name: 'watched',
  about: 'what a dashboard, a scrape and traces cost warm requests',
  measure,
}

async function measure(call: Call): Promise<Measured> {
  const { cleanup, settings } = call
  const names = chosen(settings.parts)
  cleanup.add('the pin', pinSelf(LOAD_CPU))
  const dir = join(temporaryDir(cleanup), 'upstream')
  mkdirSync(dir)
  const upstream = await startUpstream({ dir, cpu: LOAD_CPU, cleanup })
  const stage = { ...call, seconds: settings.seconds ?? SECONDS }
  const parts: (readonly [string, Measured])[] = []
  for (const name of names) parts.push([name, await PARTS[name](stage, upstream)])
  return {
    conditions: {
      upstream: upstream.name,
      connections: settings.connections,
      ...Object.fromEntries(parts.map(([name, { conditions }]) => [name, conditions])),
    },
    tables: parts.flatMap(([, { tables }]) => tables),
    targets: parts.flatMap(([, { targets }]) => targets),
    notes: parts.flatMap(([, { notes }]) => notes),
    samples: Object.fromEntries(parts.map(([name, { samples }]) => [name, samples])),
  }
}

type Name = keyof typeof PARTS

const isName = (name: string): name is Name => Object.hasOwn(PARTS, name)

/** Throws `UsageError`. */
function chosen(names: readonly string[] = Object.keys(PARTS)): readonly Name[] {
  const unknown = names.find((name) => !isName(name))
  if (unknown === undefined) return names.filter(isName)
  throw new UsageError(`watched has no part ${unknown}, only ${Object.keys(PARTS).join(', ')}`)
}

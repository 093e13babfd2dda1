/** `npm run bench`: runs the scenarios that were named, or all, one after the other, and writes what they measured. */

import { Cleanup } from './harness/cleanup.ts'
import { parseCommandLine, type Settings, UsageError } from './harness/command-line.ts'
import { ensureDependencies } from './harness/dependencies.ts'
import { provenance } from './harness/machine.ts'
import { asText, write } from './harness/result.ts'
import { ROOT } from './harness/root.ts'
import type { Measured, Scenario } from './harness/scenario.ts'
import { now } from './harness/time.ts'
import { chaos } from './scenarios/chaos.ts'
import { cold } from './scenarios/cold.ts'
import { many } from './scenarios/many.ts'
import { soak } from './scenarios/soak.ts'
import { storm } from './scenarios/storm.ts'
import { warm } from './scenarios/warm.ts'
import { watched } from './scenarios/watched.ts'

const SCENARIOS: readonly Scenario[] = [cold, storm, warm, many, watched]
/** Run only when named: they look for mistakes and measure nothing. */
const NAMED: readonly Scenario[] = [chaos, soak]

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

const cleanup = new Cleanup()
for (const [name, code] of Object.entries(SIGNALS)) {
  process.once(name, () => {
    console.error(`\nbench: ${name}, ending what was started`)
    void cleanup.close().then(() => process.exit(code))
  })
}

function chosen(names: readonly string[]): readonly Scenario[] {
  const known = new Map([...SCENARIOS, ...NAMED].map((scenario) => [scenario.name, scenario]))
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new UsageError(`there is no scenario ${unknown}, only ${[...known.keys()].join(', ')}`)
  return names.length === 0 ? SCENARIOS : names.flatMap((name) => known.get(name) ?? [])
}

const say = (text: string): void => console.log(`   ${text}`)

async function measure(scenario: Scenario, settings: Settings): Promise<Measured> {
  try {
    return await scenario.measure({ settings, cleanup, say })
  } finally {
    await cleanup.run()
  }
}

async function main(): Promise<void> {
  const { names, settings } = parseCommandLine(process.argv.slice(2))
  const scenarios = chosen(names)
  ensureDependencies()
  for (const scenario of scenarios) {
    console.log(`\n━━ ${scenario.name}: ${scenario.about}`)
    const before = provenance()
    const began = now()
    const measured = await measure(scenario, settings)
    const finished = { scenario, provenance: before, measured, tookMs: now() - began }
    console.log(`\n${asText(finished)}\n`)
    const path = write(finished, settings.record)
    console.log(
      `   written: ${path.slice(ROOT.length + 1)}.json, .md${measured.charts?.length ? ', .svg' : ''}`,
    )
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

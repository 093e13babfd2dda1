/** Writes every file that is generated from the code: `npm run generate`. A test fails when one of them is stale. */

import { writeFile } from 'node:fs/promises'
import { cliPage } from '../src/cli/cli-page.ts'
import { generated as configuration } from '../src/config/generate.ts'
import { lifecyclePage } from '../src/domain/lifecycle-page.ts'
import { eventsPage } from '../src/telemetry/events-page.ts'
import { metricsPage } from '../src/telemetry/metrics-page.ts'

const ROOT = new URL('../', import.meta.url)

/** Paths from the root of the project, with the text that belongs there. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...(await configuration()),
    ['docs/CLI.md', cliPage()],
    ['docs/EVENTS.md', eventsPage()],
    ['docs/LIFECYCLE.md', lifecyclePage()],
    ['docs/METRICS.md', metricsPage()],
  ])
}

if (import.meta.main)
  for (const [path, text] of await generated()) await writeFile(new URL(path, ROOT), text)

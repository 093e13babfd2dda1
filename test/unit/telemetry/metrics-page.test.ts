import t from 'tap'
import { readFileSync } from 'node:fs'
import { METRICS_PAGE, metricsPage } from '../../../src/telemetry/generate.ts'

t.test('docs/METRICS.md: is what the table of metrics says', async (t) => {
  t.equal(readFileSync(METRICS_PAGE, 'utf8'), metricsPage(), 'run `npm run generate`')
})

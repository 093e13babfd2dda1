/** The words for why a start failed stand in the docs, all of them and no others. */

import { readFileSync } from 'node:fs'
import t from 'tap'

import { RUNTIME_FAILURES } from '../../../src/runtime/runtime.ts'
import { LABELS } from '../../../src/telemetry/definitions.ts'

t.test('docs: ERRORS.md and the metric name every reason of a failed start', async (t) => {
  const page = readFileSync(new URL('../../../docs/ERRORS.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `([a-z_]+)` \| /gm)].map(([, word]) => word)
  t.strictSame(listed, [...RUNTIME_FAILURES])
  const labelled = [...LABELS.cause.matchAll(/`([a-z_]+)`/g)].map(([, word]) => word)
  t.strictSame(labelled, [...RUNTIME_FAILURES])
})

/** The line of a request that is written field by field is the one that the general way writes. */

import t from 'tap'
import * as fc from 'fast-check'
import { noPhases } from '../../../src/domain/admission.ts'
import { functionId, instanceId } from '../../../src/domain/ids.ts'
import { requestEntry } from '../../../src/telemetry/entry.ts'
import type { RequestRecord } from '../../../src/telemetry/events.ts'
import { jsonLine } from '../../../src/telemetry/json-line.ts'
import { requestLine } from '../../../src/telemetry/request-line.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\u007f', '\u202e', 'a\r\nb'),
)
const ms = fc.double({ min: 0, max: 1e7, noNaN: true })

const records: fc.Arbitrary<RequestRecord> = fc.record({
  at: fc.double({ min: 0, max: 4e12, noNaN: true }),
  id: text,
  fn: fc.constantFrom(functionId('hello'), functionId('a-b'), undefined),
  instance: fc.constantFrom(instanceId('hello-1'), undefined),
  start: fc.constantFrom('warm' as const, 'queued' as const, 'cold' as const),
  method: text,
  host: text,
  target: fc.oneof(text, fc.webPath(), fc.constant(`/${'x'.repeat(5_000)}`)),
  client: text,
  userAgent: text,
  status: fc.integer({ min: 0, max: 599 }),
  bytesIn: fc.nat(),
  bytesOut: fc.nat(),
  trace: fc.constantFrom(undefined, undefined, {
    traceId: 'a'.repeat(32),
    parentId: undefined,
    spanId: 'b'.repeat(16),
    upstreamId: 'c'.repeat(16),
    scheme: 'http' as const,
  }),
  holdMs: ms,
  connectMs: ms,
  firstByteMs: ms,
  totalMs: ms,
  overheadMs: ms,
  wake: fc.constantFrom(undefined, { ...noPhases(), start: 5 }),
  outcome: fc.constantFrom('done' as const, 'gone' as const, 'refused' as const),
  error: fc.constantFrom(undefined, 'UPSTREAM_CLOSED' as const),
  cause: fc.constantFrom(undefined, 'reset'),
  upgraded: fc.boolean(),
})

t.test('request line: the quick way and the general way say the same', async () => {
  fc.assert(
    fc.property(records, (r) => requestLine(r) === jsonLine(requestEntry(r))),
    { numRuns: 2_000 },
  )
})

/** A finished request with nothing remarkable about it. */

import { functionId } from '../../../src/domain/ids.ts'
import type { RequestRecord } from '../../../src/telemetry/events.ts'

export const requestRecord = (parts: Partial<RequestRecord> = {}): RequestRecord => ({
  at: 0,
  id: 'r-1',
  fn: functionId('hello'),
  instance: undefined,
  start: 'warm',
  method: 'GET',
  host: 'hello.test',
  target: '/',
  client: '127.0.0.1',
  userAgent: '',
  status: 200,
  bytesIn: 0,
  bytesOut: 0,
  holdMs: 0,
  connectMs: 0,
  firstByteMs: 0,
  totalMs: 1,
  overheadMs: 0,
  wake: undefined,
  outcome: 'done',
  error: undefined,
  cause: undefined,
  upgraded: false,
  ...parts,
})

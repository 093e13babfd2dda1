/** A short round of the fuzzer with a fixed seed; `npm run fuzz` goes on from there. */

import t from 'tap'

import { Http1Fuzz } from './http1-fuzz.ts'

t.test('fuzz: damaged requests and responses harm nobody but themselves', async (t) => {
  const report = await new Http1Fuzz(7).run(t, 100)
  t.same(report.faults, [])
  t.ok(report.forwarded > 100, `${report.forwarded} requests reached the upstream`)
})

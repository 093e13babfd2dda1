/** `npm run fuzz [-- seconds [seed]]`: hostile bytes for two minutes by default, for ever with 0 seconds. */

import { Http1Fuzz } from './http1-fuzz.ts'

const ROUND = 200
const seconds = Number(process.argv[2] ?? 120)
const first = Number(process.argv[3] ?? 1)
const until = seconds === 0 ? Infinity : Date.now() + seconds * 1_000

let messages = 0
for (let seed = first; Date.now() < until; seed += 1) {
  const ends: (() => unknown)[] = []
  const report = await new Http1Fuzz(seed).run({ teardown: (end) => void ends.push(end) }, ROUND)
  for (const end of ends.toReversed()) await end()
  messages += report.messages
  process.stdout.write(`seed ${seed}: ${report.forwarded} forwarded, ${messages} messages so far\n`)
  for (const fault of report.faults) process.stdout.write(`  ${fault}\n`)
  if (report.faults.length > 0) process.exit(1)
}
process.exit(0)

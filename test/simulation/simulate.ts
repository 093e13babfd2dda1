/** `npm run simulate -- --seed N --runs N`: random schedules from that seed on; the first that breaks a promise is shown. */

import { parseArgs } from 'node:util'
import { crowded } from './crowd.ts'
import { told } from './finding.ts'
import { simulated } from './schedule.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '10000' } },
})
const seed = Number(values.seed)
const runs = Number(values.runs)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(runs) || runs < 1)
  throw new Error('--seed and --runs are whole numbers')

const TOLD_EVERY = 1_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)

for (let run = 0; run < runs && process.exitCode === undefined; run += 1) {
  const found = (await simulated(seed + run)) ?? (await crowded(seed + run))
  if (found) say(told(found))
  if (found) process.exitCode = 1
  else if ((run + 1) % TOLD_EVERY === 0) say(`${run + 1} runs`)
}
if (process.exitCode === undefined) say(`${runs} runs from seed ${seed}: every promise was kept`)

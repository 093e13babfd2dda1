/**
 * `npm run simulate -- --seed N --runs N`: random schedules from that seed on; the first that breaks a promise is shown.
 * `npm run simulate -- --explore`: every order of events of the explorer's scenes to their depth, without a bound of steps.
 */

import { parseArgs } from 'node:util'
import { crowded } from './crowd.ts'
import { explored, extentOf } from './expedition.ts'
import { told } from './finding.ts'
import { simulated } from './schedule.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '10000' },
    explore: { type: 'boolean', default: false },
  },
})

const TOLD_EVERY = 1_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function explore(): Promise<void> {
  for (const found of await explored(true)) {
    say(extentOf(found))
    if (found.broken) say(told(found.broken))
    if (found.broken) process.exitCode = 1
  }
}

async function simulate(seed: number, runs: number): Promise<void> {
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(runs) || runs < 1)
    throw new Error('--seed and --runs are whole numbers')
  for (let run = 0; run < runs; run += 1) {
    const found = (await simulated(seed + run)) ?? (await crowded(seed + run))
    if (found) {
      say(told(found))
      process.exitCode = 1
      return
    }
    if ((run + 1) % TOLD_EVERY === 0) say(`${run + 1} runs`)
  }
  say(`${runs} runs from seed ${seed}: every promise was kept`)
}

await (values.explore ? explore() : simulate(Number(values.seed), Number(values.runs)))

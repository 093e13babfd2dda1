/**
 * `npm run mutants`: makes every small mistake in the life-cycle table and in a limit, and tells which of them break no promise
 * about the world: each of those is a promise that is missing. Takes some minutes.
 */

import { TABLE } from '../../src/domain/lifecycle.ts'
import { Trails, killed } from './hunt.ts'
import { type Mutant, limitMutants, tableMutants } from './mutants.ts'

const commute = (one: string, other: string): RegExp =>
  new RegExp(`: ('${one}' before '${other}'|'${other}' before '${one}')$`)

/** Mutants that behave as the table does, and why. One that is found to break a promise has to leave this list. */
const EQUIVALENT: readonly { readonly what: readonly RegExp[]; readonly why: string }[] = [
  {
    what: [
      commute('abort', 'note failure'),
      commute('abort', 'alarm'),
      commute('abort', 'stop'),
      commute('abort', 'resume'),
      commute('abort', 'fail in-flight'),
      commute('note failure', 'stop'),
      commute('note failure', 'fail in-flight'),
      commute('alarm', 'stop'),
      commute('pause tier off', 'note pause failure'),
      commute('alarm', 'pause tier off'),
      commute('stop', 'in-flight - 1'),
      commute('rearm', 'stop'),
      commute('probe', 'close idle connections'),
    ],
    why: 'Both happen in one turn, and neither looks at what the other has done.',
  },
  {
    what: [/ × Removed #\d: to ended$/],
    why: 'What was removed has no handle any more, so that it ends as stopped.',
  },
  {
    what: [/^starting × Removed #0: to stopped$/],
    why: 'What was removed cannot be started any more: its start fails and leaves nothing.',
  },
  {
    what: [/^ready × FrozenOutside #\d: without 'abort'$/],
    why: 'Neither a start nor a probe is out while it is ready.',
  },
  {
    what: [/^stopping × (Stopped|Exited|Removed) #\d: without 'fail in-flight'$/],
    why: 'The stop has reset what was in flight.',
  },
  {
    what: [/^dormant × Removed #0: without 'fail in-flight'$/],
    why: 'What does not run has nothing in flight.',
  },
  {
    what: [/^dormant × RemoveExpired #0: to (dormant|ended)$/],
    why: 'The end of the removal tells a moment later that it is stopped.',
  },
  {
    what: [/^dormant × Exited #0: to ended$/],
    why: 'Dormant is where what has ended is kept.',
  },
]

const isEquivalent = ({ name }: Mutant): boolean =>
  EQUIVALENT.some(({ what }) => what.some((pattern) => pattern.test(name)))

const say = (line: string): void => void process.stdout.write(`${line}\n`)

// Commands go on by themselves: what a mutant throws there is its own.
process.on('unhandledRejection', () => undefined)
const trails = new Trails()
await trails.collect()
const all = [...limitMutants(TABLE), ...tableMutants(TABLE)]
const live = all.filter((mutant) => !isEquivalent(mutant))
let survivors = 0
for (const mutant of live) {
  if ((await killed(mutant, trails)) !== undefined) continue
  survivors += 1
  say(`survives: ${mutant.name}`)
}
for (const broken of new Set(trails.broken)) say(`without a mutant: ${broken}`)
say(`${all.length} mutants: ${all.length - live.length} change nothing, ${survivors} survive`)
process.exitCode = survivors === 0 ? 0 : 1

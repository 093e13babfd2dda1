/** Mutants of the life-cycle table that behave as it does, each with the reason. */

import type { Mutant } from './mutants.ts'

const commute = (one: string, other: string): RegExp =>
  new RegExp(`: ('${one}' before '${other}'|'${other}' before '${one}')$`)

/** Mutants that behave as the table does, and why. One that is found to break a promise has to leave this list. */
export const EQUIVALENT: readonly { readonly what: readonly RegExp[]; readonly why: string }[] = [
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
      commute('rearm', 'kill'),
      commute('probe', 'close idle connections'),
    ],
    why: 'Both happen in one turn, and neither looks at what the other has done.',
  },
  {
    what: [/ × (Removed|PrepareFailed) #\d: to ended$/],
    why: 'What was removed or never created has no handle, so that it ends as stopped.',
  },
  {
    what: [/^(starting|preparing) × Removed #0: to stopped$/],
    why: 'What was removed cannot be started any more: the call that is out leaves nothing.',
  },
  {
    what: [/^ready × FrozenOutside #\d: without 'abort'$/],
    why: 'Neither a start nor a probe is out while it is ready.',
  },
  {
    what: [
      /^stopping × (Stopped|Exited|Removed) #\d: without 'fail in-flight'$/,
      /^stopping × Stop(Failed|TimedOut) #0: without 'fail in-flight'$/,
      commute('alarm', 'fail in-flight'),
    ],
    why: 'The stop has reset what was in flight.',
  },
  {
    what: [/^dormant × Removed #0: without 'fail in-flight'$/],
    why: 'What does not run has nothing in flight.',
  },
  {
    what: [
      /^preparing × Prepared #0: to ended$/,
      /^dormant × (Exited|RemoveExpired) #0: to ended$/,
    ],
    why: 'Dormant is where what exists and does not run is kept, and nothing is prepared where nothing is kept.',
  },
]

export const isEquivalent = ({ name }: Mutant): boolean =>
  EQUIVALENT.some(({ what }) => what.some((pattern) => pattern.test(name)))

import t from 'tap'
import {
  NO_CHANGE,
  type ScaleDecision,
  type ScaleSnapshot,
  instancesWanted,
  scale,
} from '../../../src/domain/scaling.ts'

/** A function that sleeps: nobody waits, nothing is there. */
const ASLEEP: ScaleSnapshot = {
  waiting: 0,
  inFlight: 0,
  oldestWaitMs: 0,
  patienceMs: 1_000,
  concurrency: 2,
  min: 0,
  max: 3,
  spare: 0,
  prepared: 0,
  ready: 0,
  arriving: 0,
  asleep: 0,
  dormant: 0,
  preparing: 0,
  leaving: 0,
  blocking: 0,
  backingOff: false,
  hostRoom: 10,
}

type Row = readonly [what: string, given: Partial<ScaleSnapshot>, then: Partial<ScaleDecision>]

const IMPATIENT = { oldestWaitMs: 1_000 }

const SCALE: readonly Row[] = [
  ['nobody wants anything', {}, {}],
  ['the first waiter starts one at once', { waiting: 1 }, { startNew: 1 }],
  ['many waiters start only one at once', { waiting: 50 }, { startNew: 1 }],
  ['what is on its way is waited for', { waiting: 50, arriving: 1 }, {}],
  ['what is ready is waited for', { waiting: 1, ready: 1, inFlight: 2 }, {}],
  ['a moment before patience ends', { waiting: 3, ready: 1, inFlight: 2, oldestWaitMs: 999 }, {}],
  ['patience has ended', { waiting: 3, ready: 1, inFlight: 2, ...IMPATIENT }, { startNew: 2 }],
  [
    'no more than the load asks for',
    { waiting: 1, ready: 1, inFlight: 2, ...IMPATIENT },
    { startNew: 1 },
  ],
  ['no more than max', { waiting: 50, ready: 1, inFlight: 2, ...IMPATIENT }, { startNew: 2 }],
  ['never at max', { waiting: 50, ready: 3, inFlight: 6, ...IMPATIENT }, {}],
  ['resume comes before start', { waiting: 1, asleep: 1, dormant: 1 }, { resume: 1 }],
  ['dormant comes before new', { waiting: 1, dormant: 1 }, { startDormant: 1 }],
  [
    'each kind gives what it has',
    { waiting: 6, asleep: 1, dormant: 1, ...IMPATIENT },
    { resume: 1, startDormant: 1, startNew: 1 },
  ],
  ['one that leaves counts against max', { waiting: 1, leaving: 3 }, {}],
  ['one that leaves leaves room below max', { waiting: 1, leaving: 2 }, { startNew: 1 }],
  [
    'asleep ones that are resumed count once',
    { waiting: 6, asleep: 3, ...IMPATIENT },
    { resume: 3 },
  ],
  ['dormant ones do not count against max', { waiting: 1, dormant: 5 }, { startDormant: 1 }],
  ['backoff starts nothing', { waiting: 1, dormant: 1, backingOff: true }, {}],
  ['backoff still resumes', { waiting: 1, asleep: 1, backingOff: true }, { resume: 1 }],
  ['an old revision in the way', { waiting: 1, blocking: 1 }, {}],
  ['the host is full', { waiting: 1, hostRoom: 0 }, {}],
  ['the host has room for one', { waiting: 50, hostRoom: 1, ...IMPATIENT }, { startNew: 1 }],
  ['a full host still resumes', { waiting: 1, asleep: 1, hostRoom: 0 }, { resume: 1 }],
  ['the minimum is made without waiters', { min: 2 }, { startNew: 2 }],
  ['the minimum is kept', { min: 2, ready: 1, arriving: 1 }, {}],
  ['the minimum resumes what sleeps', { min: 1, asleep: 1 }, { resume: 1 }],
  ['the minimum waits for the end of backoff', { min: 1, backingOff: true }, {}],
  [
    'what sleeps is resumed without patience',
    { waiting: 3, ready: 1, inFlight: 2, asleep: 1 },
    { resume: 1 },
  ],
  ['a spare is made when nobody waits', { spare: 1 }, { startSpare: 1 }],
  ['a kept one becomes the spare', { spare: 1, dormant: 1 }, { startSpare: 1 }],
  ['what is idle is the spare', { spare: 1, ready: 1 }, {}],
  ['what sleeps is the spare', { spare: 1, asleep: 1 }, {}],
  ['a spare on its way is one', { spare: 1, arriving: 1 }, {}],
  ['a spare that is used is replaced', { spare: 1, ready: 1, inFlight: 1 }, { startSpare: 1 }],
  ['a spare stands beside the minimum', { spare: 1, min: 1, ready: 1 }, { startSpare: 1 }],
  ['the minimum comes before a spare', { spare: 1, min: 1 }, { startNew: 1 }],
  ['waiters come before a spare', { spare: 1, waiting: 1, ready: 1, inFlight: 2 }, {}],
  ['spares stay below max', { spare: 3, ready: 2, inFlight: 4 }, { startSpare: 1 }],
  ['a spare is not made during backoff', { spare: 1, backingOff: true }, {}],
  ['a spare is not made on a full host', { spare: 1, hostRoom: 0 }, {}],
  ['a spare is not made beside an old revision', { spare: 1, blocking: 1 }, {}],
  ['one is created ahead', { prepared: 1 }, { prepare: 1 }],
  ['what is dormant is prepared', { prepared: 1, dormant: 1 }, {}],
  ['what is being created is prepared', { prepared: 1, preparing: 1 }, {}],
  ['nothing is created that max could not start', { prepared: 3, ready: 2 }, { prepare: 1 }],
  ['what is on its way out will be dormant', { prepared: 1, max: 1, leaving: 1 }, {}],
  [
    'waiters come before what is prepared',
    { prepared: 1, waiting: 1, dormant: 1 },
    { startDormant: 1 },
  ],
  ['nothing is prepared during backoff', { prepared: 1, backingOff: true }, {}],
  [
    'a full host prepares: what does not run takes no room',
    { prepared: 1, hostRoom: 0 },
    { prepare: 1 },
  ],
  ['max wins over min', { min: 5, max: 1 }, { startNew: 1 }],
  [
    'unlimited concurrency needs one',
    { waiting: 50, concurrency: Infinity, ...IMPATIENT },
    { startNew: 1 },
  ],
]

t.test(
  'scaling: the first at once, further ones when patience ends, never beyond the bounds',
  async (t) => {
    for (const [what, given, then] of SCALE)
      t.strictSame(scale({ ...ASLEEP, ...given }), { ...NO_CHANGE, ...then }, what)
  },
)

const WANTED: readonly (readonly [what: string, given: Partial<ScaleSnapshot>, wanted: number])[] =
  [
    ['no load', {}, 0],
    ['one waiter', { waiting: 1 }, 1],
    ['exactly full', { waiting: 1, inFlight: 1 }, 1],
    ['one too many', { waiting: 2, inFlight: 1 }, 2],
    ['bounded by max', { waiting: 100 }, 3],
    ['at least min', { min: 2 }, 2],
    ['unlimited concurrency', { waiting: 100, concurrency: Infinity }, 1],
  ]

t.test('scaling: wanted is the load by concurrency, between min and max', async (t) => {
  for (const [what, given, wanted] of WANTED)
    t.equal(instancesWanted({ ...ASLEEP, ...given }), wanted, what)
})

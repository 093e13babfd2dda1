/** What is explored in every run: small scenes of different kinds, each with the beginnings that lead deep enough. */

import type { Bounds } from './exploration.ts'
import type { Step } from './scene.ts'
import { ONE, type Setting } from './setting.ts'

const COME_UP = ['pass create hello-1', 'pass start hello-1', 'pass ready hello-1']
const UP: readonly Step[] = ['request', 'request', ...COME_UP]
const IDLE: readonly Step[] = [...UP, 'release hello-1', 'release hello-1', 'time']
const PAUSED: readonly Step[] = [...IDLE, 'pass pause hello-1']
const TUNNEL: readonly Step[] = ['request', ...COME_UP, 'touch hello-1', 'time']
const REFUSED: readonly Step[] = [...UP, 'refuse hello-1']
const STOPPING: readonly Step[] = ['request', ...COME_UP, 'release hello-1', 'drain']
const NOT_TAKEN: readonly Step[] = ['fail pause hello-1', 'time']
const DORMANT: readonly Step[] = [...STOPPING, 'pass stop hello-1']

/** It cannot be stopped, and its start is out. */
const GIVEN_UP: readonly Step[] = [
  'request',
  'pass create hello-1',
  'drain',
  'leave',
  ...Array.from({ length: 12 }, (): Step[] => ['time', 'fail stop hello-1']).flat(),
]

/** Its creation is given up, and not answered. */
const SUPERSEDED: readonly Step[] = ['reload', ...Array<Step>(16).fill('time')]

const TWO: readonly Step[] = [
  'request',
  'request',
  'request',
  ...COME_UP,
  'time',
  'pass create hello-2',
]

/**
 * Roots are expanded to this depth, or until the steps are spent; what is known already is not expanded again. Without a
 * bound of steps: `npm run simulate -- --explore`.
 */
export const PLAN: Readonly<Record<string, Bounds>> = {
  'one instance': {
    setting: ONE,
    roots: [
      [],
      UP,
      [...REFUSED, 'refuse hello-1'],
      [...REFUSED, 'request'],
      [...UP, 'time', 'refuse hello-1', 'refuse hello-1'],
      IDLE,
      PAUSED,
      [...IDLE, ...NOT_TAKEN, ...NOT_TAKEN],
      TUNNEL,
      [...TUNNEL, 'time'],
      [...TUNNEL, 'time', 'pass pause hello-1'],
      [...UP, 'drain'],
      STOPPING,
      [...STOPPING, 'fail stop hello-1', 'time', 'fail stop hello-1', 'time'],
      DORMANT,
      GIVEN_UP,
    ],
    depthMax: 4,
    stepsMax: 8_000,
  },
  'facts that are lost, late or told again; commands that are slow': {
    setting: { ...ONE, requests: 1, lossy: true, slow: true },
    roots: [[], ['request', ...COME_UP], IDLE.filter((_, i) => i !== 0 && i !== 5), DORMANT],
    depthMax: 3,
    stepsMax: 6_000,
  },
  'two instances, three waiters': {
    setting: { ...ONE, requests: 3, max: 2, concurrency: 1 },
    roots: [[], TWO, [...TWO, 'pass start hello-2', 'pass ready hello-2']],
    depthMax: 4,
    stepsMax: 4_000,
  },
  'two instances, three waiters, and everything that can go wrong': {
    setting: {
      ...ONE,
      requests: 3,
      max: 2,
      concurrency: 1,
      lossy: true,
      slow: true,
      removals: true,
    },
    roots: [[], TWO, [...TWO, 'pass start hello-2', 'pass ready hello-2']],
    depthMax: 3,
    stepsMax: 15_000,
  },
  'another function on a host with room for one': {
    setting: { ...ONE, instancesTotal: 1, neighbour: true },
    roots: [[], UP, IDLE, PAUSED, ['request', ...COME_UP, 'neighbour comes']],
    depthMax: 3,
    stepsMax: 2_000,
  },
  'a host with room for one instance and one start': {
    setting: { ...ONE, requests: 3, max: 2, concurrency: 1, instancesTotal: 1, starts: 1 },
    roots: [[], TWO.slice(0, -1)],
    depthMax: 3,
    stepsMax: 2_000,
  },
  'revisions that overlap': {
    setting: { ...ONE, reloads: true },
    roots: [[], UP, [...UP, 'reload'], [...UP, 'reload', 'pass create hello-2']],
    depthMax: 3,
    stepsMax: 4_000,
  },
  'revisions that replace': {
    setting: { ...ONE, reloads: true, rollout: 'replace' },
    roots: [[], UP, [...UP, 'reload']],
    depthMax: 3,
    stepsMax: 3_000,
  },
  'a spare': {
    setting: { ...ONE, max: 2, spare: 1, starts: 1, concurrency: 1 },
    roots: [
      [],
      COME_UP,
      [...COME_UP, 'time', 'pass pause hello-1'],
      [...COME_UP, 'request'],
      [...COME_UP, 'time', ...NOT_TAKEN, ...NOT_TAKEN, ...NOT_TAKEN],
    ],
    depthMax: 4,
    stepsMax: 2_000,
  },
  'one that is prepared': {
    setting: { ...ONE, max: 2, prepared: 1, starts: 1, concurrency: 1, reloads: true, slow: true },
    roots: [
      [],
      ['pass create hello-1'],
      ['pass create hello-1', 'request', 'pass start hello-1', 'pass ready hello-1'],
      ['act create hello-1', 'outside start hello-1', 'outside exit hello-1'],
      ['act create hello-1', 'outside remove hello-1'],
      [...SUPERSEDED, 'pass create hello-1'],
      [...SUPERSEDED, 'fail create hello-1'],
    ],
    depthMax: 3,
    stepsMax: 2_000,
  },
  'a minimum of one': {
    setting: { ...ONE, requests: 1, min: 1 },
    roots: [[], ['pass create hello-1', 'pass start hello-1', 'pass ready hello-1']],
    depthMax: 4,
    stepsMax: 2_000,
  },
}

const DOUBTED: readonly Step[] = [...REFUSED, 'request', 'refuse hello-1']
const OLD: readonly Step[] = [...UP, 'request', 'time', 'time', 'time', 'leave', 'refuse hello-1']
const OLD_DOUBTED: readonly Step[] = [...OLD, 'request', 'refuse hello-1']
const USED_WHILE_PAUSING: readonly Step[] = [
  ...TUNNEL,
  'time',
  'request',
  'time',
  'leave',
  'touch hello-1',
]
/** A second each. */
const WAIT: readonly Step[] = ['leave', 'request', 'time']
const SECONDS = (count: number): Step[] => Array.from({ length: count }, () => WAIT).flat()
const LATE_START: readonly Step[] = [
  'request',
  'pass create hello-1',
  'drain',
  ...SECONDS(13),
  'pass start hello-1',
  'time',
  'time',
  'time',
  'time',
]

const THREE = { ...ONE, requests: 3 }
const PAIR = { ...ONE, requests: 3, max: 2, min: 1, concurrency: 1 }
const STOPS_FAIL = Array.from({ length: 9 }, (): Step[] => ['fail stop hello-1', 'time']).flat()
const COME_UP_TWO = COME_UP.map((step) => step.replace('hello-1', 'hello-2'))

/** Both are up, the first in use, and both far beyond their time; then nobody uses them any more. */
const KEPT: readonly Step[] = [
  ...COME_UP,
  'request',
  ...COME_UP_TWO,
  ...Array.from({ length: 24 }, (): Step[] => ['time', 'pass pause hello-2']).flat(),
  'request',
  'release hello-1',
  ...Array.from({ length: 24 }, (): Step[] => ['time', 'pass pause hello-1']).flat(),
  'release hello-2',
  ...Array.from({ length: 4 }, (): Step[] => ['time', 'pass pause hello-2']).flat(),
]
/** The second sleeps far beyond its time while the first is in use; then nobody uses that one either. */
const KEPT_ASLEEP: readonly Step[] = [
  ...COME_UP,
  'request',
  ...COME_UP_TWO,
  ...Array.from({ length: 28 }, (): Step[] => ['time', 'pass pause hello-2']).flat(),
  'release hello-1',
  'time',
  'pass stop hello-2',
  'time',
  'pass pause hello-1',
  'pass stop hello-2',
  'time',
  'time',
]
const PREPARED_TWO: readonly Step[] = [
  'pass create hello-1',
  'request',
  'pass start hello-1',
  'pass ready hello-1',
  'pass create hello-2',
  ...Array<Step>(36).fill('time'),
  'release hello-1',
  'drain',
  'pass stop hello-1',
  'time',
  'time',
  'time',
]
const SPARE = { ...ONE, max: 2, spare: 1, concurrency: 1 }
const CROWDED = { ...ONE, instancesTotal: 1, neighbour: true }

const STOPS_HANG = ['fail stop hello-1', 'time', 'fail stop hello-1', 'time', 'time']
const outside = (what: string): Step => `outside ${what} hello-1`

/** Orders that lead to rows and faults which chance seldom meets. */
export const DIRECTED: readonly { readonly setting: Setting; readonly steps: readonly Step[] }[] = [
  ...[DOUBTED, OLD_DOUBTED].flatMap((steps) =>
    ['exit', 'remove'].map((what) => ({
      setting: THREE,
      steps: [...steps, `outside ${what} hello-1`, 'request'],
    })),
  ),
  { setting: { ...ONE, lossy: true }, steps: [...IDLE, 'time', 'hush pause hello-1', 'request'] },
  {
    setting: { ...ONE, lossy: true },
    steps: [...STOPPING, ...Array<Step>(5).fill('time'), 'relist', 'pass ready hello-1', 'request'],
  },
  { setting: ONE, steps: [...TUNNEL, 'time', 'outside remove hello-1'] },
  { setting: ONE, steps: [...TUNNEL, 'time', 'pass pause hello-1', 'outside exit hello-1'] },
  {
    setting: ONE,
    steps: [
      ...TUNNEL,
      'time',
      'pass pause hello-1',
      'touch hello-1',
      'release hello-1',
      'pass resume hello-1',
    ],
  },
  { setting: { ...ONE, removals: true }, steps: [...DORMANT, 'time', 'request'] },
  {
    setting: { ...ONE, lossy: true },
    steps: [...DORMANT, 'lost start hello-1', 'lost exit hello-1', 'relist'],
  },
  {
    setting: { ...ONE, lossy: true, keeps: false },
    steps: [
      'request',
      ...COME_UP,
      'late exit hello-1',
      'release hello-1',
      'drain',
      'pass stop hello-1',
      'deliver',
    ],
  },
  {
    setting: CROWDED,
    steps: ['request', ...COME_UP, 'release hello-1', 'neighbour comes', 'pass stop hello-1'],
  },
  {
    setting: CROWDED,
    steps: [
      'request',
      ...COME_UP,
      'release hello-1',
      'time',
      'pass pause hello-1',
      'neighbour comes',
      'pass stop hello-1',
    ],
  },
  { setting: SPARE, steps: KEPT_ASLEEP },
  { setting: { ...SPARE, pauses: false }, steps: KEPT },
  { setting: { ...ONE, max: 2, prepared: 1, concurrency: 1 }, steps: PREPARED_TWO },
  { setting: ONE, steps: [...STOPPING, ...SECONDS(10), 'fail stop hello-1', ...SECONDS(14)] },
  { setting: THREE, steps: [...DOUBTED, 'request', 'outside exit hello-1'] },
  ...[DOUBTED, OLD_DOUBTED].flatMap((steps) =>
    ['drain', 'outside exit hello-1', 'outside remove hello-1'].map((last) => ({
      setting: THREE,
      steps: [...steps, last],
    })),
  ),
  ...['pass pause hello-1', 'lie pause hello-1'].map((last) => ({
    setting: THREE,
    steps: [...USED_WHILE_PAUSING, last],
  })),
  {
    setting: { ...THREE, slow: true },
    steps: [...USED_WHILE_PAUSING, 'act pause hello-1', 'time'],
  },
  ...['fail pause hello-1', 'time'].map((last) => ({
    setting: ONE,
    steps: [...IDLE, ...NOT_TAKEN, ...NOT_TAKEN, last, 'time', 'time'],
  })),
  { setting: { ...ONE, lossy: true }, steps: [...IDLE, 'lost exit hello-1', 'fail pause hello-1'] },
  { setting: { ...ONE, lossy: true }, steps: [...IDLE, 'lost exit hello-1', 'time'] },
  ...['pass', 'fail', 'lie'].map((how) => ({
    setting: ONE,
    steps: [...GIVEN_UP, `${how} start hello-1`],
  })),
  { setting: THREE, steps: LATE_START },
  { setting: ONE, steps: [...STOPPING, ...STOPS_FAIL] },
  {
    setting: ONE,
    steps: [...STOPPING, ...STOPS_HANG, ...['pause', 'unpause', 'remove'].map(outside)],
  },
  {
    setting: ONE,
    steps: ['request', ...COME_UP, 'release hello-1', 'drain', 'time', 'time', 'time'],
  },
  {
    setting: { ...ONE, slow: true },
    steps: ['request', 'pass create hello-1', 'act start hello-1', 'outside exit hello-1'],
  },
  {
    setting: { ...ONE, pauses: false },
    steps: [...UP, 'release hello-1', 'release hello-1', 'time', 'time'],
  },
  {
    setting: PAIR,
    steps: [
      'request',
      ...COME_UP,
      'release hello-1',
      'time',
      'request',
      'request',
      'time',
      ...COME_UP_TWO,
      'release hello-1',
      ...Array.from({ length: 8 }, () => 'time'),
    ],
  },
]

/** The options of a function's life: how many instances, when they sleep, how they wake, how long an exchange may take. */

import { z } from 'zod'
import { type TimeRange, parseTimeRange } from '../domain/schedule.ts'
import { choice, count, duration, flag, limit, group, text, texts } from './option.ts'

const idleFrom = 'counted from the moment the instance fell idle'

export const scaling = {
  concurrency: limit({
    about:
      'Exchanges that one instance serves at once; the others wait. Default of an `upstream`: `never`, unlimited.',
    min: 1,
    max: 100_000,
    unit: 'exchanges',
  }).prefault(100),
  instances: group('How many copies may run.', {
    min: count({
      about: 'Kept running whatever happens.',
      min: 0,
      max: 1_000,
      unit: 'instances',
    }).prefault(0),
    max: count({
      about: 'Never more than this. An existing container has one.',
      min: 1,
      max: 1_000,
      unit: 'instances',
    }).prefault(1),
    spare: count({
      about:
        'Kept beyond what is needed and within `max`, asleep: a burst or the first request finds a resume instead of a start.',
      min: 0,
      max: 100,
      unit: 'instances',
    }).prefault(0),
    spareAt: timeRanges().prefault([]),
    prepared: count({
      about:
        'Containers created ahead, within `max`, so that a request only starts one. The image is pulled for it as `pull` says.',
      min: 0,
      max: 100,
      unit: 'containers',
    }).prefault(0),
  }),
  scale: group('When another instance is started for requests that wait.', {
    patience: z
      .union(
        [z.literal('auto'), duration({ about: '', min: '0s', max: '10m' })],
        'expected auto or a duration from 0s to 10m',
      )
      .meta({
        description:
          'How long they must have waited. `auto`: as long as a wake of this function usually takes.',
        'x-unit': 'duration or `auto`',
        'x-minimum': '0s',
        'x-maximum': '10m',
      })
      .prefault('auto'),
  }),
  priority: z
    .int('expected a whole number from -1000 to 1000')
    .min(-1_000, 'expected a whole number from -1000 to 1000')
    .max(1_000, 'expected a whole number from -1000 to 1000')
    .meta({
      description:
        'Where room on the host is short (`budget`), idle instances of the lowest priority end first.',
      'x-unit': 'number',
    })
    .prefault(0),
  select: choice(
    ['pack', 'spread'],
    'Which instance gets a request: the one used last, so that others can fall idle, or the one with the fewest.',
  ).prefault('pack'),
  rollout: choice(
    ['overlap', 'replace'],
    'What a changed function does: start the new instance before the old one ends, or after. Default: `overlap`; `replace` where two must not run at once (an existing container, a writable volume, a child process with a fixed port or socket).',
  ).optional(),
}

export const sleeping = {
  idle: group('When an instance that serves nothing is put to sleep, step by step.', {
    policy: choice(
      ['fixed', 'adaptive'],
      '`adaptive`: when it is stopped follows from how long it was idle before, between `pauseAfter` and `stopAfter`; and where requests come by the clock, one is started ahead of the next.',
    ).prefault('fixed'),
    pauseAfter: duration({
      about: `Freeze it, memory kept; ${idleFrom}.`,
      min: '0s',
      max: '365d',
      never: 'this step is left out',
    }).prefault('30s'),
    stopAfter: duration({
      about: `Stop it; ${idleFrom}.`,
      min: '0s',
      max: '365d',
      never: 'this step is left out',
    }).prefault('10m'),
    removeAfter: duration({
      about: `Remove a stopped container; ${idleFrom}.`,
      min: '0s',
      max: '365d',
      never: 'this step is left out',
    }).prefault('24h'),
    tunnelAfter: duration({
      about:
        'An upgraded connection (WebSocket) without a byte for this long no longer counts as use.',
      min: '1s',
      max: '365d',
      never: 'it counts as long as it is open',
    }).prefault('1h'),
  }),
  stop: group('How an instance is ended.', {
    grace: duration({ about: 'Between SIGTERM and SIGKILL.', min: '0s', max: '1h' }).prefault(
      '10s',
    ),
    drainTimeout: duration({
      about: 'For exchanges in flight when an instance is replaced.',
      min: '0s',
      max: '24h',
    }).prefault('30s'),
  }),
}

export const waking = {
  hold: group('How requests wait for an instance.', {
    timeout: z
      .union(
        [z.literal('auto'), duration({ about: '', min: '1ms', max: '1h' })],
        'expected auto or a duration from 1ms to 1h',
      )
      .meta({
        description:
          'Longest wait; then 504. `auto`: three times as long as the slowest wakes of this function take, from 10s to 5m.',
        'x-unit': 'duration or `auto`',
        'x-minimum': '1ms',
        'x-maximum': '1h',
      })
      .prefault('30s'),
    waiters: count({
      about: 'Most that wait at once; then 503.',
      min: 1,
      max: 1_000_000,
      unit: 'requests',
    }).prefault(1_000),
  }),
  onCold: choice(
    ['hold', 'page', 'auto'],
    'What a request meets that would wake it: `hold`, it waits; `page`, whoever prefers HTML sees a page until it is ready (GET only, the others wait); `auto`, only a navigation of a browser’s window sees it.',
  ).prefault('hold'),
  waitingPage: group('The page for `onCold`.', {
    theme: choice(['auto', 'light', 'dark'], '`auto`: as the browser is set.').prefault('auto'),
    html: text({
      about: 'A page of your own instead, best as `"${file:./waiting.html}"`; see WAITING-PAGE.md.',
      kind: 'HTML',
    }).optional(),
  }),
  start: group('How long a start may take, up to the end of the start call.', {
    timeout: duration({
      about: 'To create and start the instance.',
      min: '100ms',
      max: '1h',
    }).prefault('30s'),
    pullTimeout: duration({ about: 'To pull the image.', min: '1s', max: '24h' }).prefault('10m'),
  }),
  readiness: group('How an instance shows that it is ready.', {
    http: text({
      about: 'A path to GET; without it an accepted connection is enough.',
      kind: 'a path such as /healthz',
      valid: (path) => /^\/[\x21-\x7e]*$/.test(path),
    }).optional(),
    statuses: statuses().prefault('100-499'),
    healthcheck: flag('Wait for the HEALTHCHECK of the image as well.').prefault(false),
    timeout: duration({
      about: 'From the end of the start call to ready.',
      min: '100ms',
      max: '1h',
    }).prefault('20s'),
  }),
}

export const timeouts = {
  timeouts: group('Limits of one exchange with an instance.', {
    connect: duration({ about: 'To establish a connection.', min: '1ms', max: '10m' }).prefault(
      '5s',
    ),
    response: duration({
      about: 'From the last byte of the request to the head of the response.',
      min: '1ms',
      max: '24h',
      never: 'no limit',
    }).prefault('60s'),
    idle: duration({
      about: 'Without a byte in either direction while a body is on its way.',
      min: '1ms',
      max: '24h',
      never: 'no limit',
    }).prefault('60s'),
    tunnel: duration({
      about: 'Without a byte in either direction on an upgraded connection.',
      min: '1ms',
      max: '365d',
      never: 'no limit',
    }).prefault('1h'),
    request: duration({
      about: 'From arrival to last byte; upgraded connections are left out.',
      min: '1ms',
      max: '365d',
      never: 'no limit',
    }).prefault('never'),
  }),
}

/** Read when it is validated, as the schedule that it is. */
function timeRanges() {
  const kind = 'a time of the week such as mon-fri 08:00-18:00'
  return texts({
    about:
      'When the spares are kept, in local time: `mon-fri 08:00-18:00`, `sat 22:00-06:00`, `07:30-09:00` every day. Left out: always.',
    kind,
    valid: (range) => parseTimeRange(range) !== undefined,
  }).transform((ranges): readonly TimeRange[] =>
    ranges.flatMap((range) => parseTimeRange(range) ?? []),
  )
}

/** One status or a range, both ends included. */
function statuses() {
  const kind = 'a status or a range of statuses such as 200-399'
  return text({
    about: 'Statuses that count as ready. An app that answers 401 is up.',
    kind,
    valid: (range) => parseStatuses(range) !== undefined,
  }).transform((range): readonly [from: number, to: number] => parseStatuses(range) ?? [100, 499])
}

function parseStatuses(range: string): readonly [from: number, to: number] | undefined {
  const found = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(range)
  if (!found) return undefined
  const [from, to] = [Number(found[1]), Number(found[2] ?? found[1])]
  return from <= to ? [from, to] : undefined
}

import t from 'tap'
import { Chance, shuffled } from '../../../src/lib/chance.ts'
import { parsePolicy } from '../../../src/replay/keep-alive.ts'
import { replayPlot } from '../../../src/replay/plot.ts'
import { type Replayed, Replay, ReplayError } from '../../../src/replay/replay.ts'

function replayed(lines: readonly string[], policies: readonly string[]): Replayed {
  const replay = new Replay(policies.map((name) => parsePolicy(name)!))
  for (const line of lines) replay.line(line)
  return replay.end()
}

/** CSV of one function: [second, duration in seconds]. */
const csv = (rows: readonly (readonly [at: number, duration: number])[], fn = 'f'): string[] =>
  rows.map(([at, duration]) => `${fn},${at},${duration}`)

const near = (found: number, wanted: number): boolean => Math.abs(found - wanted) < 1e-9

type Row = readonly [
  what: string,
  rows: readonly (readonly [number, number])[],
  policy: string,
  cold: number,
  loadedSeconds: number,
  idleSeconds: number,
]

/** Each counted by hand. Loaded is what was in use, and of each idle time what the policy keeps, up to the log's end. */
const BY_HAND: readonly Row[] = [
  ['one invocation', [[0, 10]], 'fixed:5m', 1, 10, 0],
  // Idle 90 s, 290 s, 610 s between: the last is longer than five minutes.
  [
    'three idle times',
    [
      [0, 10],
      [100, 10],
      [400, 10],
      [1_020, 10],
    ],
    'fixed:5m',
    2,
    40 + 90 + 290 + 300,
    680,
  ],
  [
    'the same, kept for ever',
    [
      [0, 10],
      [100, 10],
      [400, 10],
      [1_020, 10],
    ],
    'fixed:never',
    1,
    1_030,
    990,
  ],
  [
    'the same, never kept',
    [
      [0, 10],
      [100, 10],
      [400, 10],
      [1_020, 10],
    ],
    'fixed:0s',
    4,
    40,
    0,
  ],
  // From 0 to 100 in use, once; then 50 s idle.
  [
    'what overlaps shares the instance',
    [
      [0, 100],
      [20, 30],
      [60, 40],
      [150, 10],
    ],
    'fixed:1m',
    1,
    160,
    50,
  ],
  [
    'idle for exactly as long as it is kept',
    [
      [0, 0],
      [60, 0],
      [121, 0],
    ],
    'fixed:1m',
    2,
    120,
    120,
  ],
  [
    'a policy that has learnt nothing keeps its standard',
    [
      [0, 0],
      [500, 0],
      [1_200, 0],
    ],
    'hybrid:10m',
    2,
    1_100,
    1_100,
  ],
]

t.test('replay: small traces come to what is counted by hand', async (t) => {
  for (const [what, rows, policy, cold, loaded, idle] of BY_HAND) {
    const [found] = replayed(csv(rows), [policy]).policies
    t.equal(found?.cold, cold, `${what}: cold`)
    t.ok(near((found?.instanceHours ?? 0) * 3_600, loaded), `${what}: ${found?.instanceHours}`)
    t.ok(near((found?.idleHours ?? 0) * 3_600, idle), `${what}: ${found?.idleHours}`)
  }
})

t.test(
  'replay: a timer every half hour is foreseen by the hybrid policy, and by no fixed one',
  async (t) => {
    const rows = Array.from({ length: 1_000 }, (_, i) => [i * 1_800, 0] as const)
    const [short, long, hybrid] = replayed(csv(rows), ['fixed:15m', 'fixed:1h', 'hybrid']).policies
    t.match(short, { cold: 1_000 })
    t.ok(near(short!.instanceHours, 999 / 4))
    t.match(long, { cold: 1 })
    t.ok(near(long!.instanceHours, 999 / 2))
    // Ten idle times by the standard (four hours), the others loaded from 27 minutes on: 3 of each 30.
    t.match(hybrid, { cold: 1 })
    t.ok(near(hybrid!.instanceHours, 10 / 2 + (989 * 3) / 60))
  },
)

t.test('replay: random arrivals come to what theory says', async (t) => {
  // Poisson arrivals, one in ten minutes: cold when the idle time is longer than the keep-alive, e^(−1/2) of them.
  const chance = new Chance(7)
  let at = 0
  const rows = Array.from({ length: 20_000 }, () => {
    at -= 600 * Math.log(1 - chance.next())
    return [at, 0] as const
  })
  const [found] = replayed(csv(rows), ['fixed:5m']).policies
  t.ok(Math.abs(found!.coldPercent - 100 * Math.exp(-0.5)) < 1, `${found!.coldPercent} %`)
  const kept = 20_000 * (600 / 3_600) * (1 - Math.exp(-0.5))
  t.ok(Math.abs(found!.instanceHours / kept - 1) < 0.02, `${found!.instanceHours} of ${kept}`)
})

t.test('replay: functions are apart, and lines need not be in order', async (t) => {
  const lines = [
    ...csv([
      [0, 10],
      [100, 10],
      [400, 10],
      [1_020, 10],
    ]),
    ...csv(
      [
        [0, 1],
        [5, 1],
      ],
      'g',
    ),
  ]
  const inOrder = replayed(lines, ['fixed:5m'])
  t.match(inOrder, { functions: 2, invocations: 6, policies: [{ cold: 3, coldPercent: 50 }] })
  t.strictSame(replayed(shuffled(lines, new Chance(1)), ['fixed:5m']), inOrder)
})

const REQUEST = (time: string, fn: string, totalMs: number): string =>
  `{"time":"${time}","level":"info","msg":"request","function":"${fn}","start":"warm","status":200,"totalMs":${totalMs}}`

t.test('replay: the gateway’s own log is read, what reached no function left out', async (t) => {
  const found = replayed(
    [
      '{"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"listening","what":"http"}',
      REQUEST('2026-01-01T00:00:00.000Z', 'a', 1_000),
      REQUEST('2026-01-01T00:10:01.000Z', 'a', 0),
      '{"time":"2026-01-01T00:10:02.000Z","level":"info","msg":"request","status":404,"totalMs":1}',
      '{"time":"2026-01-01T00:10:02.000Z","lev',
    ],
    ['fixed:5m', 'fixed:15m'],
  )
  t.match(found, { format: 'json', invocations: 2, functions: 1, otherLines: 3 })
  t.match(found.policies, [{ cold: 2 }, { cold: 1, instanceHours: 601 / 3_600 }])
})

t.test('replay: Common Log Format is read, with time zones and virtual hosts', async (t) => {
  const found = replayed(
    [
      'a.example:80 10.0.0.1 - - [31/Dec/2025:23:59:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"',
      'a.example:80 10.0.0.1 - frank [01/Jan/2026:02:04:00 +0200] "GET / HTTP/1.1" 200 12 "-" "curl"',
      'b.example:80 10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"',
    ],
    ['fixed:5m'],
  )
  t.match(found, { format: 'common', functions: 2, policies: [{ cold: 2 }] })
  const plain = '10.0.0.1 - - [10/Oct/2025:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326'
  t.match(replayed([plain, plain], ['fixed:5m']), { functions: 1, invocations: 2 })
})

t.test('replay: the columns of a CSV may be named, in any order', async (t) => {
  const lines = [
    'duration,function,time',
    '1.5,"a",2026-01-01T00:00:00Z',
    '0,a,2026-01-01T00:01:00Z',
    'nonsense',
  ]
  const found = replayed(lines, ['fixed:never'])
  t.match(found, { format: 'csv', invocations: 2, otherLines: 2, policies: [{ cold: 1 }] })
  t.ok(near(found.hours, 60 / 3_600))
})

t.test(
  'replay: a log without an invocation is an error, and so is what is no policy',
  async (t) => {
    t.throws(() => replayed(['hello'], ['hybrid']), ReplayError)
    for (const name of ['fixed', 'fixed:soon', 'hybrid:1m:2m', 'lru', ''])
      t.notOk(parsePolicy(name))
  },
)

t.test('replay: the plot has a point for each policy and escapes what it writes', async (t) => {
  const plot = replayPlot(
    replayed(
      csv([
        [0, 1],
        [600, 1],
      ]),
      ['fixed:5m', 'fixed:15m', 'hybrid'],
    ),
  )
  t.equal(plot.match(/<circle /g)?.length, 3)
  t.match(plot, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/)
})

import t from 'tap'
import { noPhases } from '../../../src/domain/admission.ts'
import { functionId, instanceId, revisionId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import type { Level } from '../../../src/telemetry/entry.ts'
import { Log } from '../../../src/telemetry/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import type { RequestRecord, TelemetryEvent } from '../../../src/telemetry/events.ts'

const fn = functionId('hello')
const instance = instanceId('hello-1')

const record = (parts: Partial<RequestRecord> = {}): RequestRecord => ({
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  id: 'r1',
  fn,
  instance,
  start: 'cold',
  method: 'GET',
  host: 'hello.localhost',
  target: '/a/b?token=secret',
  client: '127.0.0.1',
  userAgent: 'curl/8',
  status: 200,
  bytesIn: 0,
  bytesOut: 12,
  holdMs: 812.3456,
  connectMs: 0.5,
  firstByteMs: 813,
  totalMs: 814.005,
  overheadMs: 1.239,
  wake: { ...noPhases(), start: 600, probe: 200.123 },
  outcome: 'done',
  error: undefined,
  cause: undefined,
  upgraded: false,
  ...parts,
})

function setup(parts: {
  format: 'json' | 'pretty'
  level?: Level
  colour?: boolean
  requests?: boolean
}) {
  const clock = new FakeClock()
  let text = ''
  const output = {
    write(chunk: string, done: (error: Error | undefined) => void) {
      text += chunk
      clock.turn(() => done(undefined))
    },
  }
  const log = new Log({ output, clock, level: 'debug', colour: false, requests: true, ...parts })
  const lines = () => {
    clock.advance(LIMITS.logDelayMs)
    const all = text.split('\n').slice(0, -1)
    text = ''
    return all
  }
  return { log, lines }
}

t.test('log: a request is one JSON line with its phases, and without its query', async (t) => {
  const { log, lines } = setup({ format: 'json' })
  log.request(record())
  const [line = '', ...more] = lines()
  t.strictSame(more, [])
  t.strictSame(JSON.parse(line), {
    time: '2026-01-02T03:04:05.006Z',
    level: 'info',
    msg: 'request',
    function: 'hello',
    instance: 'hello-1',
    requestId: 'r1',
    start: 'cold',
    status: 200,
    method: 'GET',
    host: 'hello.localhost',
    path: '/a/b',
    client: '127.0.0.1',
    userAgent: 'curl/8',
    totalMs: 814.01,
    holdMs: 812.35,
    connectMs: 0.5,
    firstByteMs: 813,
    overheadMs: 1.24,
    phases: { start: 600, probe: 200.12 },
    bytesIn: 0,
    bytesOut: 12,
    outcome: 'done',
  })
})

t.test('log: control bytes of a client never reach the output', async (t) => {
  for (const format of ['json', 'pretty'] as const) {
    const { log, lines } = setup({ format })
    const userAgent = 'x\r\n{"level":"forged"}\u001b[2J\u009b1m\u2028\u202e'
    log.request(record({ userAgent, host: userAgent, cause: userAgent, error: 'UPSTREAM_CLOSED' }))
    const all = lines()
    t.equal(all.length, 1, format)
    t.notMatch(all[0], /[\p{Cc}\u2028\u202e]/u, format)
  }
})

t.test('log: long texts are cut', async (t) => {
  const { log, lines } = setup({ format: 'json' })
  log.request(record({ target: `/${'a'.repeat(60_000)}`, userAgent: 'b'.repeat(60_000) }))
  t.ok((lines()[0] ?? '').length < 4_000)
})

t.test('log: the level of a request follows whose fault it is', async (t) => {
  const { log, lines } = setup({ format: 'json' })
  log.request(record({ error: 'UNKNOWN_HOST', fn: undefined, start: undefined, status: 404 }))
  log.request(record({ error: 'START_FAILED', status: 502, cause: 'exited with code 1' }))
  log.request(record({ error: 'INTERNAL', status: 500 }))
  const parsed = lines().map((line) => JSON.parse(line))
  t.strictSame(
    parsed.map((line) => line.level),
    ['info', 'warn', 'error'],
  )
  t.equal(parsed[1].cause, 'exited with code 1')
})

t.test('log: request lines can be switched off, events stay', async (t) => {
  const { log, lines } = setup({ format: 'json', requests: false })
  log.request(record())
  log.event({ k: 'paused', at: 0, fn, instance })
  t.match(
    lines().map((line) => JSON.parse(line)),
    [{ msg: 'paused', function: 'hello', instance: 'hello-1' }],
  )
})

const EVENTS: readonly TelemetryEvent[] = [
  {
    k: 'woke',
    at: 0,
    fn,
    why: 'request',
    by: { host: 'h', path: '/x?key=1', client: 'c', userAgent: 'u' },
  },
  { k: 'started', at: 0, fn, instance },
  {
    k: 'ready',
    at: 0,
    fn,
    instance,
    by: 'cold',
    phases: { ...noPhases(), start: 5 },
    totalMs: 9.999,
  },
  {
    k: 'failed',
    at: 0,
    fn,
    instance,
    reason: 'exited',
    message: 'exited with code 1',
    log: ['a\nb', 'c'],
    backoffMs: 1000,
  },
  { k: 'refused', at: 0, fn, code: 'START_FAILED', waiters: 3 },
  { k: 'alarm', at: 0, fn, instance: undefined, what: 'stop gave up' },
  { k: 'stopped', at: 0, fn, instance, why: 'idle' },
  { k: 'pull', at: 0, fn, image: 'nginx', message: '50 %' },
  { k: 'listening', at: 0, what: 'http', address: '127.0.0.1:8080' },
  { k: 'reloaded', at: 0, functions: 2, changed: ['hello'] },
  { k: 'reload_failed', at: 0, message: 'gateway.yaml:1:1 no' },
  { k: 'runtime', at: 0, runtime: 'docker', up: false, message: 'no answer' },
  { k: 'closing', at: 0, message: 'SIGTERM' },
  { k: 'notice', at: 0, level: 'warn', message: 'careful' },
  { k: 'output', at: 0, fn, instance, line: 'listening on 3000' },
]

t.test('log: every event has its line, paths in it without their query', async (t) => {
  const { log, lines } = setup({ format: 'json' })
  for (const event of EVENTS) log.event(event)
  const parsed = lines().map((line) => JSON.parse(line))
  t.equal(parsed.length, EVENTS.length)
  t.match(parsed[0], { msg: 'woken', function: 'hello', by: { path: '/x' } })
  t.match(parsed[2], { msg: 'ready', totalMs: 10, phases: { start: 5 } })
  t.match(parsed[3], { level: 'warn', reason: 'exited', log: ['a\nb', 'c'] })
  t.match(parsed[11], { level: 'warn', msg: 'runtime is away', detail: 'no answer' })
})

t.test(
  'log: for people the line of a request is aligned and says what a wake was spent on',
  async (t) => {
    const { log, lines } = setup({ format: 'pretty' })
    log.request(record())
    const [line] = lines()
    t.match(
      line,
      /^\d\d:\d\d:\d\d\.\d{3} 200 {6}814\.0\d ms cold {4}hello GET hello\.localhost\/a\/b \(start 600 · probe 200\.12\)$/,
    )
  },
)

t.test('log: for people a request has the time of its end, as its line comes then', async (t) => {
  const { log, lines } = setup({ format: 'pretty' })
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime()
  log.request(record({ at, totalMs: 2_000 }))
  t.match(lines()[0], /^03:04:07\.006 /)
})

t.test('log: for people the output of a function has its name', async (t) => {
  const { log, lines } = setup({ format: 'pretty' })
  for (const event of EVENTS) log.event(event)
  const all = lines()
  t.match(all.at(-1), / hello \| listening on 3000$/)
  t.match(
    all.filter((line) => line.includes('    | ')),
    [/\| a\\u000ab/, /\| c/],
    'the last lines of a failed instance are indented below',
  )
})

const STATE: TelemetryEvent = {
  k: 'state',
  at: 0,
  fn,
  instance,
  from: 'ready',
  to: 'pausing',
  event: 'IdleExpired',
  revision: revisionId('r'),
}

for (const format of ['json', 'pretty'] as const) {
  t.test(`log: what is below its level is not written (${format})`, async (t) => {
    const written = (level: Level): number => {
      const { log, lines } = setup({ format, level })
      log.event(STATE)
      log.request(record())
      log.request(record({ error: 'START_FAILED', status: 502 }))
      log.note('error', 'a fault')
      return lines().length
    }
    t.strictSame((['debug', 'info', 'warn', 'error'] as const).map(written), [4, 3, 2, 1])
  })
}

t.test('log: colour only when asked for', async (t) => {
  const plain = setup({ format: 'pretty' })
  const painted = setup({ format: 'pretty', colour: true })
  for (const { log } of [plain, painted]) log.request(record())
  t.notMatch(plain.lines().join(''), '\u001b')
  t.match(painted.lines().join(''), '\u001b[32m200')
})

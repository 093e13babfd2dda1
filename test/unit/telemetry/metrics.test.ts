import t from 'tap'
import { noPhases } from '../../../src/domain/admission.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { functionId, instanceId, revisionId } from '../../../src/domain/ids.ts'
import { METRICS } from '../../../src/telemetry/definitions.ts'
import { Metrics } from '../../../src/telemetry/metrics.ts'
import type { BudgetStatus, FunctionStatus } from '../../../src/domain/status.ts'
import type { RequestRecord } from '../../../src/telemetry/events.ts'
import type { State } from '../../../src/domain/state.ts'
import { functionSpec } from '../../support/function-spec.ts'

const hello = functionId('hello')

const record = (parts: Partial<RequestRecord> = {}): RequestRecord => ({
  at: 0,
  id: 'r1',
  fn: hello,
  instance: instanceId('hello-1'),
  start: 'warm',
  method: 'GET',
  host: 'hello.localhost',
  target: '/',
  client: '127.0.0.1',
  userAgent: '',
  status: 200,
  bytesIn: 0,
  bytesOut: 0,
  holdMs: 0,
  connectMs: 0,
  firstByteMs: 2,
  totalMs: 3,
  overheadMs: 0,
  wake: undefined,
  outcome: 'done',
  error: undefined,
  cause: undefined,
  upgraded: false,
  ...parts,
})

const status = (parts: Partial<FunctionStatus> = {}): FunctionStatus => ({
  id: hello,
  runtime: 'process',
  revision: revisionId('r'),
  hosts: [],
  condition: 'cold',
  instances: [],
  inFlight: 0,
  waiters: 0,
  lastWake: undefined,
  backoffMs: 0,
  lastError: undefined,
  pauseTier: 'on',
  warmUntil: undefined,
  problem: undefined,
  ...parts,
})

const instanceIn = (state: State) => ({
  id: instanceId('hello-1'),
  state,
  revision: revisionId('r'),
  ageMs: 0,
  inFlight: 0,
  lastUsedMs: undefined,
  endpoint: undefined,
  run: undefined,
})

/** The whole page, for a scrape that accepts this. */
async function textOf(metrics: Metrics, accept?: string): Promise<string> {
  let text = ''
  for await (const piece of metrics.expose(accept).pieces) text += piece
  return text
}

function setup(t: { teardown(fn: () => void): void }, functions: FunctionStatus[] = [status()]) {
  const budget: BudgetStatus = { instances: 2, instancesMax: 20, memoryBytes: 64, waiting: 1 }
  const world = { functions, budget }
  const metrics = new Metrics({
    version: '1.2.3',
    functions: () => world.functions,
    budget: () => world.budget,
    runtimes: () => [{ name: 'docker', up: true }],
    logDropped: () => 4,
    subscriberFaults: () => 5,
    eventsLost: () => 6,
    hooks: { delivered: 7, lost: 8 },
    spans: { sent: 9, lost: 10 },
  })
  t.teardown(() => metrics.close())
  /** The sample lines that begin with `prefix`. */
  const lines = async (prefix: string) => {
    const body = await textOf(metrics)
    return body.split('\n').filter((line) => line.startsWith(prefix))
  }
  return { metrics, world, lines }
}

t.test('metrics: a request is counted by function, start and class of status', async (t) => {
  const { metrics, lines } = setup(t)
  metrics.request(record())
  metrics.request(record({ status: 204 }))
  metrics.request(record({ start: 'cold', status: 503 }))
  metrics.request(record({ status: 0 }))
  metrics.request(record({ fn: undefined, start: undefined, status: 404 }))
  t.strictSame(await lines('coldfront_requests_total'), [
    'coldfront_requests_total{function="hello",start="warm",code_class="none"} 1',
    'coldfront_requests_total{function="hello",start="warm",code_class="2xx"} 2',
    'coldfront_requests_total{function="hello",start="cold",code_class="5xx"} 1',
    'coldfront_requests_total{function="_none",start="none",code_class="4xx"} 1',
  ])
})

t.test('metrics: the budget of the host is told, its memory where it is bounded', async (t) => {
  const { world, lines } = setup(t)
  const unbounded = [
    'coldfront_budget_instances 2',
    'coldfront_budget_instances_max 20',
    'coldfront_budget_memory_bytes 64',
  ]
  t.strictSame(await lines('coldfront_budget'), [...unbounded, 'coldfront_budget_waiting 1'])
  world.budget = { ...world.budget, memoryMaxBytes: 128 }
  t.strictSame(await lines('coldfront_budget'), [
    ...unbounded,
    'coldfront_budget_memory_max_bytes 128',
    'coldfront_budget_waiting 1',
  ])
})

t.test('metrics: durations fall into cumulative buckets, bounds included', async (t) => {
  const { metrics, lines } = setup(t)
  for (const totalMs of [1, 1.5, 60_000, 70_000]) metrics.request(record({ totalMs }))
  const all = await lines('coldfront_request_duration_seconds')
  const bucket = (le: string) => all.find((line) => line.includes(`le="${le}"`))?.split(' ')[1]
  t.equal(bucket('0.001'), '1')
  t.equal(bucket('0.0025'), '2')
  t.equal(bucket('30'), '2')
  t.equal(bucket('60'), '3')
  t.equal(bucket('+Inf'), '4')
  t.match(all.at(-2), /_sum\{function="hello",start="warm"\} 130\.0025$/)
  t.match(all.at(-1), /_count\{function="hello",start="warm"\} 4$/)
})

t.test(
  'metrics: an upgraded connection is counted and held, its duration says nothing',
  async (t) => {
    const { metrics, lines } = setup(t)
    metrics.request(record({ upgraded: true, status: 101 }))
    t.match(await lines('coldfront_requests_total'), [/code_class="1xx"\} 1/])
    t.match((await lines('coldfront_request_duration_seconds_count'))[0], / 0$/)
    t.match((await lines('coldfront_hold_seconds_count'))[0], / 1$/)
  },
)

t.test(
  'metrics: the phases of a wake are counted once per wake, overhead per held request',
  async (t) => {
    const { metrics, lines } = setup(t)
    const cold = { ...noPhases(), create: 20, start: 300, probe: 40 }
    const instance = instanceId('hello-1')
    metrics.event({
      k: 'ready',
      at: 0,
      fn: hello,
      instance,
      by: 'cold',
      phases: cold,
      totalMs: 360,
    })
    const resumed = { ...noPhases(), resume: 9 }
    metrics.event({
      k: 'ready',
      at: 0,
      fn: hello,
      instance,
      by: 'resumed',
      phases: resumed,
      totalMs: 9,
    })
    metrics.request(record({ start: 'cold', wake: cold, overheadMs: 1 }))
    metrics.request(record({ start: 'cold', wake: cold, overheadMs: 1 }))
    const counts = (await lines('coldfront_start_phase_seconds_count')).map((line) =>
      line.replace(/^.*phase="(\w+)"\} /, '$1 '),
    )
    t.strictSame(counts.sort(), [
      'create 1',
      'overhead 2',
      'probe 1',
      'probe_slack 1',
      'queued_start 1',
      'resume 1',
      'start 1',
    ])
  },
)

t.test('metrics: wakes are counted by their outcome, alarms by function', async (t) => {
  const { metrics, lines } = setup(t)
  const failed = { k: 'failed', at: 0, fn: hello, instance: undefined } as const
  metrics.event({ ...failed, reason: 'exited', message: '', log: [], backoffMs: 1 })
  metrics.event({ k: 'alarm', at: 0, fn: hello, instance: undefined, what: 'x' })
  t.strictSame(await lines('coldfront_wakes'), [
    'coldfront_wakes_total{function="hello",outcome="cold"} 0',
    'coldfront_wakes_total{function="hello",outcome="resumed"} 0',
    'coldfront_wakes_total{function="hello",outcome="failed"} 1',
  ])
  t.strictSame(await lines('coldfront_alarms'), ['coldfront_alarms_total{function="hello"} 1'])
})

t.test('metrics: gauges are read at scrape, and a state once seen goes to 0', async (t) => {
  const { lines, world } = setup(t)
  t.strictSame(await lines('coldfront_waiters{'), [], 'no series before first use')
  world.functions = [status({ instances: [instanceIn('ready')], inFlight: 2, waiters: 3 })]
  t.strictSame(await lines('coldfront_instances{'), [
    'coldfront_instances{function="hello",state="ready"} 1',
  ])
  t.strictSame(await lines('coldfront_waiters{'), ['coldfront_waiters{function="hello"} 3'])
  t.strictSame(await lines('coldfront_in_flight{'), ['coldfront_in_flight{function="hello"} 2'])
  world.functions = [status({ instances: [instanceIn('paused')] })]
  t.strictSame(await lines('coldfront_instances{'), [
    'coldfront_instances{function="hello",state="ready"} 0',
    'coldfront_instances{function="hello",state="paused"} 1',
  ])
})

t.test('metrics: the series of a function go with it, those of nobody stay', async (t) => {
  const { metrics, lines, world } = setup(t)
  metrics.request(record())
  metrics.request(record({ fn: undefined }))
  world.functions = []
  t.match(await lines('coldfront_requests_total'), [/function="_none"/])
  metrics.request(record())
  t.equal(
    (await lines('coldfront_requests_total')).length,
    1,
    'a late record does not bring it back',
  )
  world.functions = [status()]
  metrics.request(record())
  metrics.forget(hello)
  t.equal((await lines('coldfront_requests_total')).length, 1)
})

t.test('metrics: errors, failed starts and reloads are counted by what they were', async (t) => {
  const { metrics, lines, world } = setup(t)
  metrics.request(record({ status: 503, error: 'QUEUE_FULL' }))
  metrics.request(record({ status: 429, error: 'RATE_LIMITED' }))
  const failed = { k: 'failed', at: 0, fn: hello, instance: undefined } as const
  metrics.event({ ...failed, reason: 'exited', message: '', log: [], backoffMs: 1 })
  metrics.event({ k: 'reloaded', at: 0, functions: 1, changed: [] })
  metrics.event({ k: 'reload_failed', at: 0, message: '' })
  world.functions = [status({ backoffMs: 1_500 })]
  t.strictSame(await lines('coldfront_errors_total'), [
    'coldfront_errors_total{function="hello",error="QUEUE_FULL"} 1',
    'coldfront_errors_total{function="hello",error="RATE_LIMITED"} 1',
  ])
  t.strictSame(await lines('coldfront_wakes_suppressed_total'), [
    'coldfront_wakes_suppressed_total{function="hello",reason="rate"} 1',
  ])
  t.strictSame(await lines('coldfront_start_failures_total'), [
    'coldfront_start_failures_total{function="hello",cause="exited"} 1',
  ])
  t.strictSame(await lines('coldfront_reloads_total'), [
    'coldfront_reloads_total{outcome="done"} 1',
    'coldfront_reloads_total{outcome="failed"} 1',
  ])
  t.strictSame(await lines('coldfront_backoff_seconds'), [
    'coldfront_backoff_seconds{function="hello"} 1.5',
  ])
  t.strictSame(await lines('coldfront_runtime_up'), ['coldfront_runtime_up{runtime="docker"} 1'])
})

t.test('metrics: the bounds of a function are there from its first use', async (t) => {
  const { metrics, lines } = setup(t)
  const fn = functionSpec()
  metrics.apply([{ ...fn, id: hello, instances: { ...fn.instances, max: 3 } }])
  t.strictSame(await lines('coldfront_instances_max'), [])
  metrics.request(record())
  t.strictSame(await lines('coldfront_instances_max'), [
    'coldfront_instances_max{function="hello"} 3',
  ])
  t.strictSame(await lines('coldfront_waiters_max'), [
    `coldfront_waiters_max{function="hello"} ${fn.hold.waiters}`,
  ])
})

const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

t.test('metrics: who asks for OpenMetrics gets it, and nobody else', async (t) => {
  const { metrics } = setup(t)
  const isOpen = (accept?: string) => metrics.expose(accept).type.includes('openmetrics')
  t.equal(isOpen(PROMETHEUS), true)
  t.equal(isOpen('text/plain, Application/OpenMetrics-Text;q=0.9'), true)
  for (const accept of [undefined, '*/*', 'text/html', 'application/openmetrics-text;q=0'])
    t.equal(isOpen(accept), false, String(accept))
})

/** OpenMetrics 1.0.0: the family's name with a suffix of its type, labels, a value, an exemplar. */
const sampleOf = (family: string): RegExp =>
  new RegExp(`^${family}(_total|_bucket|_sum|_count)?({[^}]*})? [-+.\\de]+( # {[^}]*} \\S+ \\S+)?$`)

t.test('metrics: OpenMetrics has one family for each row, its unit, and an end', async (t) => {
  const { metrics } = setup(t)
  metrics.request(record())
  const text = await textOf(metrics, PROMETHEUS)
  t.match(text, /\n# EOF\n$/)
  t.equal(text.split('# EOF').length, 2)
  let family = ''
  const families: string[] = []
  for (const line of text.split('\n').filter((line) => line !== '' && line !== '# EOF')) {
    const [, word, name = ''] = /^# (HELP|TYPE|UNIT) (\S+) \S/.exec(line) ?? []
    if (word === 'HELP') families.push((family = name))
    else if (word === 'UNIT') t.ok(family.endsWith(`_${line.split(' ')[3]}`), line)
    else if (word === undefined) t.match(line, sampleOf(family))
    if (word) t.equal(name, family, line)
  }
  t.equal(new Set(families).size, Object.keys(METRICS).length)
  t.notOk(families.some((name) => name.endsWith('_total')))
  t.match(text, /^coldfront_requests_total\{.*\} 1$/m)
  t.match(text, /^coldfront_hold_seconds_bucket\{.*le="1\.0"\} 1$/m)
})

/** A traced request. */
const traced = (digit: string, parts: Partial<RequestRecord>): RequestRecord =>
  record({
    at: 1_700_000_000_000,
    trace: {
      traceId: digit.repeat(32),
      parentId: undefined,
      spanId: '1'.repeat(16),
      upstreamId: '2'.repeat(16),
      scheme: 'http',
    },
    ...parts,
  })

/** The lines of a family that have an exemplar. */
async function examplesOf(metrics: Metrics, family: string): Promise<readonly string[]> {
  const text = await textOf(metrics, PROMETHEUS)
  return text.split('\n').filter((line) => / # /.test(line) && line.includes(family))
}

t.test(
  'metrics: a bucket has its newest traced request as exemplar, in OpenMetrics alone',
  async (t) => {
    const { metrics } = setup(t)
    metrics.request(traced('a', { totalMs: 3 }))
    metrics.request(traced('b', { totalMs: 4 }))
    metrics.request(record({ totalMs: 4 }))
    metrics.request(traced('c', { totalMs: 70_000 }))
    t.strictSame(
      (await examplesOf(metrics, '_duration_')).map((line) => line.replace(/^.*le=/, '')),
      [
        `"0.005"} 3 # {trace_id="${'b'.repeat(32)}"} 0.004 1700000000.004`,
        `"+Inf"} 4 # {trace_id="${'c'.repeat(32)}"} 70 1700000070.000`,
      ],
    )
    t.notMatch(await textOf(metrics), 'trace_id')
  },
)

t.test('metrics: the phases of a wake have the request that caused it as exemplar', async (t) => {
  const { metrics } = setup(t)
  const wake = { ...noPhases(), start: 40, probe: 30 }
  const ready = { k: 'ready', at: 0, fn: hello, instance: instanceId('hello-1') } as const
  metrics.event({ ...ready, by: 'cold', phases: wake, totalMs: 70 })
  const at = 1_700_000_000_000
  const held = { start: 'cold', wake, holdMs: 71, totalMs: 80, overheadMs: 1 } as const
  metrics.request(record({ ...held, at }))
  t.strictSame(await examplesOf(metrics, '_phase_'), [], 'it is not traced')
  metrics.request(traced('b', { ...held, at: at + 20, holdMs: 51 }))
  metrics.request(traced('a', { ...held, at: at + 10 }))
  metrics.request(traced('c', { ...held, at: at + 30 }))
  const shown = (await examplesOf(metrics, '_phase_')).map(
    (line) => /phase="(\w+)".* # (.*)$/.exec(line)?.slice(1) ?? line,
  )
  const caused = (seconds: number) => `{trace_id="${'a'.repeat(32)}"} ${seconds} 1700000000.081`
  t.match(shown, [
    ['queued_start', caused(0)],
    ['start', caused(0.04)],
    ['probe', caused(0.03)],
    ['probe_slack', caused(0)],
    ['overhead', `{trace_id="${'c'.repeat(32)}"} 0.001 1700000000.101`],
  ])
  t.equal(shown.length, 5)
  t.notMatch(await textOf(metrics), 'trace_id')
})

t.test('metrics: a long page comes in pieces, each series whole', async (t) => {
  const ids = Array.from({ length: 100 }, (_, i) => functionId(`f${i}`))
  const { metrics } = setup(
    t,
    ids.map((id) => status({ id })),
  )
  for (const fn of ids) metrics.request(record({ fn }))
  const pieces: string[] = []
  for await (const piece of metrics.expose().pieces) if (piece !== '') pieces.push(piece)
  t.ok(pieces.length > 5)
  for (const piece of pieces) {
    t.ok(piece.length < 2 * LIMITS.metricsPieceChars)
    t.ok(piece.endsWith('\n'))
    t.equal(piece.split('le="+Inf"').length, piece.split(/^\w+_count/m).length)
  }
})

t.test('metrics: the exposition has every metric of the table and no other', async (t) => {
  const { metrics } = setup(t)
  const body = await textOf(metrics)
  t.match(metrics.expose().type, /^text\/plain; version=0\.0\.4/)
  const exposed = body
    .split('\n')
    .flatMap((line) => /^# TYPE (\S+) (\S+)/.exec(line)?.slice(1).join(' ') ?? [])
  t.strictSame(
    exposed,
    Object.entries(METRICS).map(([name, row]) => `${name} ${row.type}`),
  )
  t.match(body, /^coldfront_build_info\{version="1\.2\.3",nodejs="v/m)
  t.match(body, /^coldfront_log_dropped_total 4$/m)
  t.match(body, /^coldfront_subscriber_faults_total 5$/m)
  t.match(body, /^coldfront_events_lost_total 6$/m)
  t.match(body, /^coldfront_hook_delivered_total 7$/m)
  t.match(body, /^coldfront_hook_lost_total 8$/m)
  t.match(body, /^process_resident_memory_bytes \d{7,}$/m)
  t.match(body, /^coldfront_event_loop_lag_seconds\{quantile="0\.99"\} /m)
})

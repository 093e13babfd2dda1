/**
 * Every metric as a row: the exposition is built from this table and docs/METRICS.md is generated from it.
 * No label takes a value from a request, so the number of series is bounded by the configuration.
 */

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly LabelName[]
  readonly help: string
}

/** What each label can say. */
export const LABELS = {
  function: 'The name in gateway.yaml; `_none` for requests that no function answers for.',
  start:
    'What the request met: `warm`, `queued`, `resumed`, `cold`; `none` when it ended before it got an instance, or was shown the waiting page.',
  code_class: '`1xx` to `5xx`; `none` when the client left before an answer.',
  phase:
    '`queued_start` (waiting for a start permit), `pull`, `create`, `start`, `probe` (end of the start call to ready), `probe_slack` (the part of `probe` between the last refused attempt and the accepted one), `resume`; `overhead` (the part of a hold that is neither engine nor app).',
  state: 'A state of an instance, see LIFECYCLE.md.',
  outcome:
    'Of a wake: `cold` and `resumed`: became ready; `failed`: did not, or died young. Of a reload: `done`, `failed`.',
  reason:
    '`rate`: the client had woken too often. `backoff`: the last start had failed just before.',
  error: 'A code of ERRORS.md.',
  cause:
    'Why a start failed: `image_missing`, `pull_failed`, `container_missing`, `command_missing`, `exited`, `oom_killed`, `disk_full`, `port_taken`, `port_closed` (not ready in time), `refused`, `engine_away`, `timeout`, `failed`.',
  runtime: '`docker`, `process` or `static`.',
  quantile: '`0.5`, `0.99`, `1` (the longest) since the scrape before.',
  version: 'The version of coldfront.',
  nodejs: 'The version of Node.',
} as const

export type LabelName = keyof typeof LABELS

const row = (type: MetricRow['type'], labels: readonly LabelName[], help: string): MetricRow => ({
  type,
  labels,
  help,
})

export const METRICS = {
  coldfront_requests_total: row(
    'counter',
    ['function', 'start', 'code_class'],
    'Finished requests.',
  ),
  coldfront_request_duration_seconds: row(
    'histogram',
    ['function', 'start'],
    'Arrival to last byte; upgraded connections are left out.',
  ),
  coldfront_hold_seconds: row(
    'histogram',
    ['function', 'start'],
    'Arrival to the moment an instance could take the request, or to its end when none could.',
  ),
  coldfront_start_phase_seconds: row(
    'histogram',
    ['function', 'phase'],
    'The parts of wakes; overhead is counted per held request, the other phases per wake.',
  ),
  coldfront_instances: row('gauge', ['function', 'state'], 'Instances by state.'),
  coldfront_instances_max: row('gauge', ['function'], 'The most instances that it may have.'),
  coldfront_waiters_max: row('gauge', ['function'], 'The most requests that may be held for it.'),
  coldfront_waiters: row('gauge', ['function'], 'Requests held.'),
  coldfront_in_flight: row('gauge', ['function'], 'Exchanges under way.'),
  coldfront_wakes_total: row('counter', ['function', 'outcome'], 'Wakes by how they ended.'),
  coldfront_wakes_suppressed_total: row(
    'counter',
    ['function', 'reason'],
    'Requests that would have woken the function and were refused instead.',
  ),
  coldfront_start_failures_total: row(
    'counter',
    ['function', 'cause'],
    'Starts that came to nothing, and instances that died young.',
  ),
  coldfront_backoff_seconds: row(
    'gauge',
    ['function'],
    'Until the next start may be tried after one that failed; 0 when it may.',
  ),
  coldfront_errors_total: row(
    'counter',
    ['function', 'error'],
    'Requests that failed, or that the gateway answered itself.',
  ),
  coldfront_runtime_up: row('gauge', ['runtime'], 'Whether it answers: 1 or 0.'),
  coldfront_reloads_total: row(
    'counter',
    ['outcome'],
    'Times that the configuration was read again.',
  ),
  coldfront_alarms_total: row(
    'counter',
    ['function'],
    'What should not happen in the life of an instance; the log tells each.',
  ),
  coldfront_evictions_total: row(
    'counter',
    ['function'],
    'Idle instances that ended to make room for others (`budget`).',
  ),
  coldfront_budget_instances: row(
    'gauge',
    [],
    'What counts against `budget.instances`: runs, is paused or on its way.',
  ),
  coldfront_budget_instances_max: row('gauge', [], '`budget.instances`.'),
  coldfront_budget_memory_bytes: row(
    'gauge',
    [],
    'What counts against `budget.memory`: the limits of these instances, not what they use.',
  ),
  coldfront_budget_memory_max_bytes: row('gauge', [], '`budget.memory`; not there without one.'),
  coldfront_budget_waiting: row('gauge', [], 'Functions in line for room in the budget.'),
  coldfront_event_loop_lag_seconds: row('gauge', ['quantile'], 'How late the event loop ran.'),
  coldfront_log_dropped_total: row('counter', [], 'Log lines that the output did not take.'),
  coldfront_events_lost_total: row(
    'counter',
    [],
    'Events that readers of the event stream did not get because they were slow.',
  ),
  coldfront_hook_delivered_total: row('counter', [], 'Events that hooks have taken.'),
  coldfront_hook_lost_total: row(
    'counter',
    [],
    'Events that hooks did not take in all attempts, or that found their queue full.',
  ),
  coldfront_spans_sent_total: row('counter', [], 'Spans of traces that were taken.'),
  coldfront_spans_lost_total: row(
    'counter',
    [],
    'Spans of traces that could not be sent, or that found their queue full.',
  ),
  coldfront_subscriber_faults_total: row(
    'counter',
    [],
    'Faults inside log, metrics and other subscribers of events.',
  ),
  coldfront_build_info: row('gauge', ['version', 'nodejs'], 'Always 1.'),
  process_cpu_seconds_total: row('counter', [], 'User and system CPU time.'),
  process_resident_memory_bytes: row('gauge', [], 'Resident memory.'),
  process_start_time_seconds: row('gauge', [], 'Start of the process since the epoch.'),
  process_open_fds: row('gauge', [], 'Open file descriptors; on Linux only.'),
  process_max_fds: row('gauge', [], 'The most file descriptors it may have open; on Linux only.'),
  nodejs_heap_size_used_bytes: row('gauge', [], 'JavaScript heap in use.'),
  nodejs_heap_size_total_bytes: row('gauge', [], 'JavaScript heap reserved.'),
  nodejs_external_memory_bytes: row(
    'gauge',
    [],
    'Memory outside the JavaScript heap that belongs to it: buffers.',
  ),
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof METRICS

/** Upper bounds of every histogram in seconds: 1 ms for a warm request, 60 s for a pull. */
export const BUCKETS_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30,
  60,
]

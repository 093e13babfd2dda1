/** The Grafana dashboard and the alerts name what is there: metrics, labels and the values that those have. */

import { readFileSync } from 'node:fs'

import t, { type Test } from 'tap'
import { parse } from 'yaml'

import { noPhases } from '../../../src/domain/admission.ts'
import { ERRORS } from '../../../src/domain/errors.ts'
import { STATES } from '../../../src/domain/state.ts'
import { METRICS, type MetricRow } from '../../../src/telemetry/definitions.ts'
import { namedIn } from '../../support/promql.ts'

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

/** What Prometheus adds. */
const ADDED = ['job', 'instance']
const ROWS = new Map<string, MetricRow>(Object.entries(METRICS))

const VALUES: Readonly<Record<string, readonly string[]>> = {
  start: ['warm', 'queued', 'resumed', 'cold', 'none'],
  outcome: ['cold', 'resumed', 'failed', 'done'],
  phase: [...Object.keys(noPhases()), 'overhead'],
  state: Object.keys(STATES),
  reason: ['rate', 'backoff'],
  error: Object.keys(ERRORS),
  quantile: ['0.5', '0.99', '1'],
  job: ['coldfront'],
}

/** The row that a series belongs to, and the labels that it can have. */
function labelsOf(series: string): readonly string[] | undefined {
  if (series === 'up') return ADDED
  const row = ROWS.get(series)
  if (row) return row.type === 'histogram' ? undefined : [...row.labels, ...ADDED]
  const [, family = '', suffix] = /^(.*)_(bucket|sum|count)$/.exec(series) ?? []
  const histogram = ROWS.get(family)
  if (histogram?.type !== 'histogram') return undefined
  return [...histogram.labels, ...ADDED, ...(suffix === 'bucket' ? ['le'] : [])]
}

/** Checks an expression; returns the labels that its result can have, as far as that is known. */
function check(t: Test, expression: string): ReadonlySet<string> {
  const { metrics, matchers, grouped } = namedIn(expression, (name) => labelsOf(name) !== undefined)
  t.ok(metrics.length > 0, expression)
  for (const { metric, label, operator, value } of matchers) {
    t.ok(labelsOf(metric)?.includes(label), `${metric} has ${label}: ${expression}`)
    const values = VALUES[label]
    if (!values) t.match(value, /^\$\w+$/, `${label} is a variable: ${expression}`)
    // Of alternatives each is there; of a pattern some are.
    else if (operator.endsWith('~'))
      for (const part of value.split('|'))
        t.ok(
          values.some((known) => new RegExp(`^(?:${part})$`).test(known)),
          `${label} ${part}`,
        )
    else t.ok(values.includes(value), `${label} can be ${value}`)
  }
  const all = new Set(metrics.flatMap((metric) => labelsOf(metric) ?? []))
  for (const label of grouped) t.ok(all.has(label), `${label} is a label: ${expression}`)
  return grouped.length > 0 && !/\bwithout\b/.test(expression) ? new Set(grouped) : all
}

/** Labels in `{{label}}` and `{{ $labels.label }}`. */
const shown = (text: string): readonly string[] =>
  [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label = '']) => label)

t.test('contrib: a name that is none is noticed', async (t) => {
  const isMetric = (name: string) => labelsOf(name) !== undefined
  for (const wrong of ['rate(coldfront_request_total[5m])', 'coldfront_hold_seconds', 'summ(up)'])
    t.throws(() => namedIn(wrong, isMetric), /is no metric/)
  const named = namedIn(
    'sum by (le) (rate(coldfront_hold_seconds_bucket{start="x"}[5m]))',
    isMetric,
  )
  t.match(named, { metrics: ['coldfront_hold_seconds_bucket'], grouped: ['le'] })
  t.match(named.matchers, [{ label: 'start', operator: '=', value: 'x' }])
})

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
}

const dashboard = JSON.parse(read('contrib/grafana/coldfront.json')) as Dashboard

t.test('grafana: every panel asks for what is there and shows labels that are left', async (t) => {
  for (const { title, targets = [] } of dashboard.panels) {
    for (const { expr, legendFormat } of targets) {
      const labels = check(t, expr)
      for (const label of shown(legendFormat)) t.ok(labels.has(label), `${title}: ${label}`)
    }
  }
  for (const { expr } of dashboard.annotations.list) check(t, expr)
  for (const { definition } of dashboard.templating.list) {
    if (definition === undefined) continue
    const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? []
    check(t, series)
    t.ok(labelsOf(series.replace(/\{.*/, ''))?.includes(label), definition)
  }
})

t.test('grafana: panels have ids of their own and do not lie on each other', async (t) => {
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const taken = new Set<string>()
  for (const { title, gridPos } of panels) {
    t.ok(gridPos.x + gridPos.w <= 24, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        if (taken.has(`${x},${y}`)) t.fail(`${title} lies on another panel`)
        taken.add(`${x},${y}`)
      }
    }
  }
})

t.test('grafana: every metric is shown somewhere', async (t) => {
  const all = JSON.stringify(dashboard.panels) + JSON.stringify(dashboard.templating)
  // Their part of the memory is in others.
  const left = new Set(['nodejs_heap_size_total_bytes', 'coldfront_instances_max'])
  for (const name of ROWS.keys())
    if (!left.has(name) && name !== 'process_start_time_seconds') t.ok(all.includes(name), name)
})

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string
      readonly expr: string
      readonly labels: { readonly severity: string }
      readonly annotations: { readonly summary: string; readonly description: string }
    }[]
  }[]
}

const rules = (parse(read('contrib/prometheus/alerts.yaml')) as Rules).groups.flatMap(
  (group) => group.rules,
)

t.test('alerts: each asks for what is there and names what it shows', async (t) => {
  for (const { expr, annotations } of rules) {
    const labels = check(t, expr)
    for (const label of Object.values(annotations).flatMap(shown))
      t.ok(labels.has(label), `${label} in ${annotations.summary}`)
  }
})

t.test(
  'alerts: each has a name of its own, a severity, what it means and what to do',
  async (t) => {
    t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    for (const { alert, labels, annotations } of rules) {
      t.match(alert, /^Coldfront[A-Z]\w+$/)
      t.match(labels.severity, /^(critical|warning|info)$/, alert)
      t.ok(annotations.summary.length > 10 && annotations.description.length > 60, alert)
    }
  },
)

t.test('alerts: the page has a row for each', async (t) => {
  const page = read('docs/ALERTS.md')
  const listed = [...page.matchAll(/^\| `(Coldfront\w+)` \| (\w+) \|/gm)].map(
    ([, name, severity]) => `${name} ${severity}`,
  )
  t.strictSame(
    listed,
    rules.map(({ alert, labels }) => `${alert} ${labels.severity}`),
  )
})

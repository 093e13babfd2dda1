/**
 * The table of metrics and where their samples come from, as Prometheus reads it. prom-client writes the
 * text; the values stay where they are counted and are collected at scrape, so that counting allocates nothing.
 */

import { Registry } from 'prom-client'
import { BUCKETS_SECONDS, METRICS } from './definitions.ts'
import type { Histogram } from 'prom-client'
import type { DurationSeries } from './duration-series.ts'
import type { LabelName, MetricName } from './definitions.ts'

export type Labels = { readonly [L in LabelName]?: string }

/** A counter's or a gauge's value, or a histogram. */
export interface Sample {
  readonly labels: Labels
  readonly value: number | DurationSeries
}

/** The one sample of a metric without labels. */
export const one = (value: number): Sample[] => [{ labels: {}, value }]

type Samples = Iterable<Sample> | Promise<Iterable<Sample>>
/** One source per metric. */
export type Sources = { readonly [M in MetricName]: () => Samples }

/** What prom-client's registry asks of a metric; its own classes allocate with every observation. */
interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  get(): Promise<{ readonly values: readonly Line[] }>
}

interface Line {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** The registry of all metrics, in the order of the table. */
export function registryOf(sources: Sources): Registry {
  const registry = new Registry()
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const { help, type } = METRICS[name]
    const family: Family = {
      name,
      help,
      type,
      get: async () => ({ name, help, type, values: lines(name, await sources[name]()) }),
    }
    registry.registerMetric(family as unknown as Histogram)
  }
  return registry
}

function lines(name: string, samples: Iterable<Sample>): Line[] {
  const all: Line[] = []
  for (const { labels, value } of samples) {
    if (typeof value === 'number') all.push({ metricName: name, labels, value })
    else all.push(...histogramLines(name, labels, value))
  }
  return all
}

function* histogramLines(name: string, labels: Labels, series: DurationSeries): Generator<Line> {
  let count = 0
  for (const [i, le] of BUCKETS_SECONDS.entries()) {
    count += series.countIn(i)
    yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
  }
  count += series.countIn(BUCKETS_SECONDS.length)
  yield { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count }
  yield { metricName: `${name}_sum`, labels, value: series.sumSeconds }
  yield { metricName: `${name}_count`, labels, value: count }
}

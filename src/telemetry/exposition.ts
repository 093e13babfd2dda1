/**
 * The table of metrics as Prometheus reads it: its text format 0.0.4, or OpenMetrics 1.0.0 with exemplars. Comes in
 * pieces, so that a thousand functions are no long turn of the event loop, and values are read when their turn comes.
 */

import { LIMITS } from '../domain/limits.ts'
import { BUCKETS_SECONDS, METRICS } from './definitions.ts'
import type { LabelName, MetricName } from './definitions.ts'
import type { DurationSeries, Exemplar } from './duration-series.ts'

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

export type Format = 'text' | 'openmetrics'

/** Content-Type of each. */
export const TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** What a scrape that accepts this gets: OpenMetrics where it is asked for at all, as Prometheus does. */
export function formatFor(accept: string): Format {
  const asked = accept
    .split(',')
    .find((range) => /^\s*application\/openmetrics-text\b/i.test(range))
  return asked !== undefined && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(asked) ? 'openmetrics' : 'text'
}

/** All metrics in the order of the table, in pieces of about `metricsPieceChars`. */
export async function* exposition(sources: Sources, format: Format): AsyncGenerator<string> {
  let piece = ''
  for (const name of Object.keys(METRICS) as MetricName[]) {
    piece += headOf(name, format)
    for (const { labels, value } of await sources[name]()) {
      piece +=
        typeof value === 'number'
          ? `${name}${braced(labelsText(labels))} ${numberText(value)}\n`
          : histogramText(name, { labels: labelsText(labels), series: value, format })
      if (piece.length < LIMITS.metricsPieceChars) continue
      yield piece
      piece = ''
    }
  }
  yield format === 'openmetrics' ? `${piece}# EOF\n` : piece
}

/** OpenMetrics names a family of counters without their suffix, and its unit. */
function headOf(name: MetricName, format: Format): string {
  const { type, help } = METRICS[name]
  const family = format === 'openmetrics' ? name.replace(/_total$/, '') : name
  const unit = /_(seconds|bytes)$/.exec(family)?.[1]
  const unitLine = format === 'openmetrics' && unit ? `# UNIT ${family} ${unit}\n` : ''
  return `# HELP ${family} ${escaped(help)}\n# TYPE ${family} ${type}\n${unitLine}`
}

interface Histogram {
  readonly labels: string
  readonly series: DurationSeries
  readonly format: Format
}

/** In one go, so that its lines agree with each other. */
function histogramText(name: string, { labels, series, format }: Histogram): string {
  const bucket = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`
  const bounds = BOUNDS[format]
  let text = ''
  let count = 0
  for (let i = 0; i < bounds.length; i += 1) {
    count += series.countIn(i)
    text += `${bucket}${bounds[i]}"} ${count}`
    const exemplar = format === 'openmetrics' ? series.exemplarIn(i) : undefined
    text += exemplar ? `${exemplarText(exemplar)}\n` : '\n'
  }
  const rest = braced(labels)
  return `${text}${name}_sum${rest} ${numberText(series.sumSeconds)}\n${name}_count${rest} ${count}\n`
}

/** OpenMetrics wants bounds to be written as other languages write floats. */
const BOUNDS: Readonly<Record<Format, readonly string[]>> = {
  text: [...BUCKETS_SECONDS.map(String), '+Inf'],
  openmetrics: [
    ...BUCKETS_SECONDS.map((bound) => (Number.isInteger(bound) ? `${bound}.0` : String(bound))),
    '+Inf',
  ],
}

const exemplarText = ({ traceId, seconds, at }: Exemplar): string =>
  ` # {trace_id="${traceId}"} ${numberText(seconds)} ${(at / 1_000).toFixed(3)}`

function labelsText(labels: Labels): string {
  let text = ''
  for (const name in labels) {
    const value = labels[name as LabelName] ?? ''
    text += `${text === '' ? '' : ','}${name}="${escaped(value).replaceAll('"', '\\"')}"`
  }
  return text
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`)

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

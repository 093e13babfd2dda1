/** The exposition beside prom-client's own: the same families and samples, told in the same words. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import t from 'tap'
import { BUCKETS_SECONDS, METRICS } from '../../../src/telemetry/definitions.ts'
import type { LabelName, MetricName } from '../../../src/telemetry/definitions.ts'
import { DurationSeries } from '../../../src/telemetry/duration-series.ts'
import { exposition } from '../../../src/telemetry/exposition.ts'
import type { Labels, Sample, Sources } from '../../../src/telemetry/exposition.ts'

const NAMES = Object.keys(METRICS) as MetricName[]
/** Label values that have to be escaped, and one that has not. */
const TEXTS = ['plain', 'a "quoted" one', 'back\\slash', 'two\nlines']
/** Exact in binary, so that both sums agree. */
const VALUES = [0, 1, 0.5, 0.125, 1024.25, 2 ** 40]

const labelled = (names: readonly LabelName[], text: string): Labels =>
  Object.fromEntries(names.map((name) => [name, text]))

/** Of every metric one sample per text; of those without labels one in all. */
function samples(name: MetricName): Sample[] {
  const { type, labels } = METRICS[name]
  return (labels.length === 0 ? ['plain'] : TEXTS).map((text, i) => {
    if (type !== 'histogram') return { labels: labelled(labels, text), value: VALUES[i]! }
    const value = new DurationSeries()
    for (const seconds of VALUES) value.record(seconds * 1_000)
    return { labels: labelled(labels, text), value }
  })
}

/** What prom-client makes of the same. */
async function theirs(): Promise<string> {
  const registry = new Registry()
  for (const name of NAMES) {
    const { type, labels, help } = METRICS[name]
    const about = { name, help, labelNames: [...labels], registers: [registry] }
    const all = samples(name)
    if (type === 'counter') {
      const counter = new Counter(about)
      for (const { labels, value } of all) counter.inc(labels, Number(value))
    } else if (type === 'gauge') {
      const gauge = new Gauge(about)
      for (const { labels, value } of all) gauge.set(labels, Number(value))
    } else {
      const histogram = new Histogram({ ...about, buckets: [...BUCKETS_SECONDS] })
      for (const { labels } of all) for (const seconds of VALUES) histogram.observe(labels, seconds)
    }
  }
  return registry.metrics()
}

/** The order of labels and of the lines of a histogram means nothing. */
const facts = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const found = /^(\w+)\{(.*)\} (\S+)$/.exec(line)
      if (!found) return line
      const labels = found[2]!.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? []
      return `${found[1]}{${labels.toSorted().join(',')}} ${found[3]}`
    })
    .toSorted()

t.test('exposition: families and samples are those that prom-client tells', async (t) => {
  const sources = Object.fromEntries(
    NAMES.map((name) => [name, () => samples(name)]),
  ) as unknown as Sources
  let ours = ''
  for await (const piece of exposition(sources, 'text')) ours += piece
  t.strictSame(facts(ours), facts(await theirs()))
})

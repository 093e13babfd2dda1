/** As much of PromQL as is needed to see what an expression names: metrics, labels, and the values it compares them with. */

export interface Matcher {
  readonly metric: string
  readonly label: string
  readonly operator: string
  readonly value: string
}

export interface Named {
  readonly metrics: readonly string[]
  readonly matchers: readonly Matcher[]
  /** Of `by (…)` and `without (…)`. */
  readonly grouped: readonly string[]
}

/** Functions, operators and modifiers: what else can stand where a metric does. */
const WORDS: ReadonlySet<string> = new Set(
  (
    'sum avg min max count topk bottomk quantile by without on ignoring group_left group_right bool and or unless offset ' +
    'rate irate increase changes delta histogram_quantile scalar vector label_replace avg_over_time max_over_time ' +
    'min_over_time sum_over_time last_over_time absent clamp_min clamp_max time abs'
  ).split(' '),
)

const GROUPS = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g
const SELECTOR = /([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?/g
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g

/** Throws on a name that is neither a metric of `isMetric` nor a word of the language. */
export function namedIn(expression: string, isMetric: (name: string) => boolean): Named {
  const grouped: string[] = []
  const flat = expression.replace(GROUPS, (_, names: string) => {
    grouped.push(...names.split(',').map((name) => name.trim()))
    return ' '
  })
  const metrics: string[] = []
  const matchers: Matcher[] = []
  // Durations and Grafana's variables between brackets name nothing.
  for (const [, name = '', braces = ''] of flat.replaceAll(/\[[^\]]*\]/g, ' ').matchAll(SELECTOR)) {
    if (WORDS.has(name)) continue
    if (!isMetric(name)) throw new Error(`${name} in ${expression} is no metric`)
    metrics.push(name)
    for (const [, label = '', operator = '', value = ''] of braces.matchAll(MATCHER))
      matchers.push({ metric: name, label, operator, value })
  }
  return { metrics, matchers, grouped }
}

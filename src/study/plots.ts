/** The plots of a report: distributions as steps, as boxes, and where the time of a wake goes. */

import { type Analysis, type Group, type Row, labelOf } from './analysis.ts'
import {
  drawing,
  element,
  fitting,
  label,
  linear,
  type Scale,
  shown,
  verticals,
} from '../lib/drawing.ts'
import type { Factor } from './factor.ts'
import { quantile, sorted } from './statistics.ts'
import type { Phases } from './wake.ts'

const WIDTH = 880
const LABELS = 230
const RIGHT = 24
const AXIS = 30

/** What fits beside a bar, below a curve, above a plot. */
const LABEL_CHARS = 29
const LEGEND_CHARS = 14
const TITLE_CHARS = 46

/** A name that is too long loses its middle: what tells names apart is at their ends. */
function fitted(name: string, chars: number): string {
  if (name.length <= chars) return name
  const end = Math.floor(chars / 2)
  return `${name.slice(0, chars - end - 1)}…${name.slice(-end)}`
}

/** In the order of a wake; what is the gateway's is drawn in one colour. */
export const PHASES: readonly { name: keyof Phases; kind: string; about: string }[] = [
  { name: 'before', kind: 'own', about: 'gateway: request → first call' },
  { name: 'calls', kind: 'calls', about: 'calls to the runtime' },
  { name: 'between', kind: 'own', about: 'gateway: between calls' },
  { name: 'boot', kind: 'boot', about: 'the function’s own boot' },
  { name: 'after', kind: 'own', about: 'gateway: listening → request in the function' },
  { name: 'answer', kind: 'answer', about: 'the function’s answer' },
]

/** Median phases of each combination, one drawing for each tier: their scales are far apart. */
export function phaseBars(rows: readonly Row[]): string {
  const bars = rows.flatMap((row) =>
    (['gateway', 'floor'] as const).flatMap((way) => {
      const phases = row[way]?.phases
      return phases ? [{ row, way, phases }] : []
    }),
  )
  if (bars.length === 0) return ''
  const height = bars.length * 26 + AXIS + 8
  const most = Math.max(...bars.map(({ phases }) => sumOf(phases)))
  const x = linear(most, { from: LABELS, to: WIDTH - 70 })
  const drawn = bars.map(({ row, way, phases }, i) => {
    const y = 4 + i * 26
    let at = 0
    const parts = PHASES.map(({ name, kind, about }) => {
      const from = x.at(at)
      at += Math.max(0, phases[name])
      const title = element('title', {}, `${about}: ${shown(phases[name])} ms`)
      return element(
        'rect',
        { x: from, y, width: Math.max(0, x.at(at) - from), height: 17, class: kind },
        title,
      )
    })
    const name = way === 'gateway' ? fitted(row.label, LABEL_CHARS) : 'without gateway'
    return [
      label(name, {
        x: LABELS - 10,
        y: y + 13,
        anchor: 'end',
        kind: way === 'gateway' ? 'text' : 'soft',
      }),
      ...parts,
      label(`${shown(at)} ms`, { x: x.at(at) + 6, y: y + 13, kind: 'value' }),
    ].join('')
  })
  return drawing({ width: WIDTH, height, about: 'Median phases of each combination' }, [
    verticals(x, { top: 0, bottom: height - AXIS, unit: ' ms' }),
    ...drawn,
  ])
}

const sumOf = (phases: Phases): number =>
  PHASES.reduce((sum, { name }) => sum + Math.max(0, phases[name]), 0)

/** Quartiles, median and every sample, of the totals or of the shares. */
export function boxes(rows: readonly Row[], of: 'total' | 'share'): string {
  const lines = rows.flatMap((row) =>
    (['gateway', 'floor'] as const).flatMap((way) => {
      const values = row[way]?.[of]?.values ?? []
      return values.length > 0 ? [{ row, way, values }] : []
    }),
  )
  if (lines.length === 0) return ''
  const height = lines.length * 30 + AXIS + 6
  const all = lines.flatMap(({ values }) => values)
  const x = fitting(all, { from: LABELS, to: WIDTH - RIGHT })
  const drawn = lines.map(({ row, way, values }, i) => {
    const name = way === 'gateway' ? fitted(row.label, LABEL_CHARS) : 'without gateway'
    const y = 17 + i * 30
    return (
      label(name, {
        x: LABELS - 10,
        y: y + 4,
        anchor: 'end',
        kind: way === 'gateway' ? 'text' : 'soft',
      }) + box(values, { x, y, kind: way })
    )
  })
  return drawing({ width: WIDTH, height, about: `Box plots of the ${of}` }, [
    verticals(x, { top: 0, bottom: height - AXIS, unit: ' ms' }),
    ...drawn,
  ])
}

/** Whiskers end at the last sample within 1.5 interquartile ranges (Tukey 1977). */
function box(
  values: readonly number[],
  { x, y, kind }: { x: Scale; y: number; kind: string },
): string {
  const [low, mid, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share)) as [
    number,
    number,
    number,
  ]
  const reach = 1.5 * (high - low)
  const within = values.filter((value) => value >= low - reach && value <= high + reach)
  const [from, to] = [Math.min(...within), Math.max(...within)]
  const dots = values.map((value, i) =>
    // Spread by their place in the series, so that equal ones are seen apart.
    element('circle', {
      cx: x.at(value),
      cy: y + ((i * 7) % 11) - 5,
      r: 1.6,
      class: `dot ${kind}`,
    }),
  )
  return [
    element('line', { x1: x.at(from), x2: x.at(to), y1: y, y2: y, class: `whisker ${kind}` }),
    element('rect', {
      x: x.at(low),
      y: y - 8,
      width: Math.max(1, x.at(high) - x.at(low)),
      height: 16,
      rx: 2,
      class: `box ${kind}`,
    }),
    ...dots,
    element('line', { x1: x.at(mid), x2: x.at(mid), y1: y - 9, y2: y + 9, class: `mid ${kind}` }),
  ].join('')
}

/** A plot for each set of the other factors' levels, with a curve for each level of this one. */
export function steps({ rows, factors }: Analysis, factor: Factor): readonly string[] {
  const others = factors.filter((other) => other !== factor)
  const facets = Map.groupBy(
    rows.filter(({ gateway }) => gateway),
    ({ combination }) => labelOf(combination, others),
  )
  return [...facets].map(([title, of]) => {
    const curves = of.map(({ combination, gateway }) => {
      const level = combination.levels[factor.name] ?? ''
      const place = factor.levels.findIndex((known) => known.label === level)
      return { level, place, group: gateway! }
    })
    return ecdf(title, curves)
  })
}

interface Curve {
  readonly level: string
  readonly place: number
  readonly group: Group
}

const FACET = { width: 430, height: 230, left: 44, top: 26, bottom: 188, right: 408 }
const COLOURS = 8

function ecdf(title: string, curves: readonly Curve[]): string {
  const { width, left, top, bottom, right } = FACET
  const all = curves.flatMap(({ group }) => group.total.values)
  const x = fitting(all, { from: left, to: right })
  const y = (share: number): number => bottom - share * (bottom - top)
  const levels = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      element('line', { x1: left, x2: right, y1: y(share), y2: y(share), class: 'grid' }) +
      label(`${share * 100} %`, { x: left - 5, y: y(share) + 4, anchor: 'end', kind: 'tick' }),
  )
  const drawn = curves.map(({ group, place }) => {
    const values = sorted(group.total.values)
    const path = values.map(
      (value, i) => `H${x.at(value).toFixed(1)}V${y((i + 1) / values.length).toFixed(1)}`,
    )
    const start = `M${left},${y(0)}`
    return element('path', {
      d: `${start}${path.join('')}H${right}`,
      class: `curve c${place % COLOURS}`,
    })
  })
  const legendRows = Math.ceil(curves.length / 3)
  const height = FACET.height + legendRows * 18
  const legend = curves.map(({ level, place }, i) => {
    const at = { x: left + (i % 3) * 128, y: FACET.height + Math.floor(i / 3) * 18 }
    return (
      element('line', {
        x1: at.x,
        x2: at.x + 16,
        y1: at.y,
        y2: at.y,
        class: `curve c${place % COLOURS}`,
      }) + label(fitted(level, LEGEND_CHARS), { x: at.x + 21, y: at.y + 4, kind: 'text' })
    )
  })
  return drawing({ width, height, about: `Distribution of totals: ${title}` }, [
    label(fitted(title, TITLE_CHARS), { x: left, y: 14, kind: 'title' }),
    ...levels,
    verticals(x, { top, bottom, unit: ' ms' }),
    ...drawn,
    ...legend,
  ])
}

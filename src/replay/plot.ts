/** Policies as a drawing of its own: what each costs against what it spares. Towards the lower left is better. */

import { type Scale, drawing, element, label, linear, shown, verticals } from '../lib/drawing.ts'
import type { PolicyResult, Replayed } from './replay.ts'

const WIDTH = 720
const HEIGHT = 440
const LEFT = 64
const RIGHT = 670
const TOP = 56
const BOTTOM = 370

const STYLE = `svg{background:#fff}text{font:12px system-ui,sans-serif;fill:#1b1f24}.tick,.soft{fill:#66707c}.title{font-weight:600;font-size:15px}
.grid{stroke:#e2e6ea}.fixed{fill:#0072b2}.hybrid{fill:#d55e00}.line{fill:none;stroke:#0072b2;stroke-width:1.5;stroke-opacity:.5}
@media (prefers-color-scheme:dark){svg{background:#191e24}text{fill:#e6e9ed}.grid{stroke:#2c333b}.fixed{fill:#5ab0ee}.hybrid{fill:#ff8a3d}}`

export function replayPlot({ policies, invocations, functions, hours }: Replayed): string {
  const x = linear(Math.max(...policies.map(({ instanceHours }) => instanceHours)), {
    from: LEFT,
    to: RIGHT,
  })
  const y = linear(Math.max(...policies.map(({ coldPercent }) => coldPercent)), {
    from: BOTTOM,
    to: TOP,
  })
  const fixed = policies
    .filter(({ policy }) => policy.startsWith('fixed'))
    .toSorted((a, b) => a.instanceHours - b.instanceHours)
  const line = fixed.map(({ instanceHours, coldPercent }) =>
    [x.at(instanceHours), y.at(coldPercent)].map((place) => place.toFixed(1)).join(','),
  )
  const about = `${invocations} invocations of ${functions} functions in ${shown(hours)} hours`
  return drawing({ width: WIDTH, height: HEIGHT, about }, [
    element('style', {}, STYLE),
    label('Cold starts against instance-hours', { x: LEFT, y: 24, kind: 'title' }),
    label(about, { x: LEFT, y: 42, kind: 'soft' }),
    horizontals(y),
    verticals(x, { top: TOP, bottom: BOTTOM }),
    label('instance-hours', { x: RIGHT, y: BOTTOM + 34, anchor: 'end', kind: 'soft' }),
    label('cold', { x: LEFT - 10, y: TOP - 10, anchor: 'end', kind: 'soft' }),
    line.length > 1 ? element('polyline', { points: line.join(' '), class: 'line' }) : '',
    ...policies.map((result) => point(result, { x, y })),
  ])
}

const horizontals = ({ at, ticks }: Scale): string =>
  ticks
    .map(
      (tick) =>
        element('line', { x1: LEFT, x2: RIGHT, y1: at(tick), y2: at(tick), class: 'grid' }) +
        label(`${shown(tick)} %`, { x: LEFT - 8, y: at(tick) + 4, anchor: 'end', kind: 'tick' }),
    )
    .join('')

function point(result: PolicyResult, { x, y }: { x: Scale; y: Scale }): string {
  const at = { x: x.at(result.instanceHours), y: y.at(result.coldPercent) }
  const kind = result.policy.startsWith('fixed') ? 'fixed' : 'hybrid'
  const isFar = at.x > RIGHT - 80
  const place = { x: at.x + (isFar ? -9 : 9), y: at.y - 7 }
  return (
    element('circle', { cx: at.x, cy: at.y, r: 5, class: kind }) +
    label(result.policy, isFar ? { ...place, anchor: 'end' } : place)
  )
}

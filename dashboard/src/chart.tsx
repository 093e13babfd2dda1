/** Requests per second of one function over the last minutes, those apart that waited for a start. */

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clockTime } from './format.ts'
import { type Row, now } from './model.ts'
import { useValue } from './observable.ts'
import { theme } from './theme.ts'

const HEIGHT = 132

type Activity = NonNullable<Row['activity']>

export function Chart({ activity, slotMs }: { activity: Activity; slotMs: number }) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const chosen = useValue(theme)
  useEffect(() => {
    const box = place.current
    if (!box) return undefined
    const drawn = new uPlot(optionsFor(box, slotMs), dataOf(activity, slotMs), box)
    plot.current = drawn
    const resizing = new ResizeObserver(() =>
      drawn.setSize({ width: box.clientWidth, height: HEIGHT }),
    )
    resizing.observe(box)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = (): void => drawn.redraw()
    scheme.addEventListener('change', redraw)
    return () => {
      scheme.removeEventListener('change', redraw)
      resizing.disconnect()
      drawn.destroy()
    }
  }, [chosen])
  useEffect(() => plot.current?.setData(dataOf(activity, slotMs)), [activity])
  const total = activity.slots.reduce((a, b) => a + b, 0)
  return (
    <figure class="chart">
      <figcaption>
        Requests per second{' '}
        <span class="legend">
          <span>
            <i class="key served" /> all
          </span>
          <span>
            <i class="key woken" /> waited for a start
          </span>
        </span>
      </figcaption>
      <div ref={place} role="img" aria-label={`${total} requests in the last minutes`} />
    </figure>
  )
}

/** Slots as the middle of each, in s, and their counts per second. */
function dataOf({ slots, woken }: Activity, slotMs: number): uPlot.AlignedData {
  const present = Math.floor(now.value / slotMs)
  const perSecond = (count: number): number => (count * 1_000) / slotMs
  const times = slots.map((_, i) => ((present - (slots.length - 1 - i)) * slotMs) / 1_000)
  return [times, slots.map(perSecond), woken.map(perSecond)]
}

function optionsFor(box: HTMLElement, slotMs: number): uPlot.Options {
  // Asked for at each drawing, so that another theme needs no other options.
  const colour = (name: string) => (): string => getComputedStyle(box).getPropertyValue(name)
  const bars = uPlot.paths.bars?.({ size: [0.7, 12], align: 1 })
  const series = (name: string): uPlot.Series => ({
    stroke: colour(name),
    fill: colour(name),
    width: 0,
    points: { show: false },
    ...(bars && { paths: bars }),
  })
  const axis: uPlot.Axis = {
    stroke: colour('--soft'),
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
    grid: { stroke: colour('--line'), width: 1 },
  }
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      // The last bar begins where the last time is.
      x: { range: (_, from, to) => [from, to + slotMs / 1_000] },
      y: { range: (_, __, most) => [0, Math.max(1, most)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 60,
        size: 22,
        values: (_, times) => times.map((s) => clockTime(s * 1_000).slice(0, 5)),
      },
      { ...axis, size: 38, space: 28, values: (_, values) => values.map((n) => String(n)) },
    ],
    series: [{}, series('--mark'), series('--fill-waking')],
  }
}

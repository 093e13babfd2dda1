/** Requests per slot as a row of bars, those that waited for a start in their own colour. One path each: rows are many. */

const WIDTH = 96
const HEIGHT = 22

export function Sparkline({
  slots,
  woken,
  label,
}: {
  slots: readonly number[]
  woken: readonly number[]
  label: string
}) {
  const most = Math.max(1, ...slots)
  const step = WIDTH / Math.max(1, slots.length)
  const bars = (counts: readonly number[]): string =>
    counts
      .map((count, i) => {
        if (count === 0) return ''
        const height = Math.max(1.5, (count / most) * HEIGHT)
        return `M${(i * step).toFixed(1)} ${HEIGHT}v${(-height).toFixed(1)}h${(step * 0.7).toFixed(1)}v${height.toFixed(1)}z`
      })
      .join('')
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT + 1}`}
      width={WIDTH}
      height={HEIGHT + 1}
      role="img"
      aria-label={label}
    >
      <path class="base" d={`M0 ${HEIGHT + 0.5}H${WIDTH}`} />
      <path class="served" d={bars(slots)} />
      <path class="woken" d={bars(woken)} />
    </svg>
  )
}

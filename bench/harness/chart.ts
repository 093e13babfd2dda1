/** Bar charts as SVG, one below the other: names, bars, numbers and the ratio to one of them. */

export interface Bar {
  readonly name: string
  readonly value: number
}

export interface Chart {
  readonly title: string
  readonly unit: string
  readonly bars: readonly Bar[]
  /** The bar that the others are compared with. */
  readonly base: string
}

const WIDTH = 900
const NAMES = 210
const NUMBERS = 190
const ROW = 24
const HEAD = 44
const GAP = 20
const OURS = 'coldfront'

export function asSvg(charts: readonly Chart[]): string {
  let y = 0
  const groups = charts.map((chart) => {
    const group = `<g transform="translate(0 ${y})">\n${drawn(chart)}\n</g>`
    y += HEAD + chart.bars.length * ROW + GAP
    return group
  })
  const style =
    'text{font:13px system-ui,sans-serif;fill:#222}.t{font-weight:600;font-size:15px}.n{text-anchor:end}.o{fill:#1f6feb}.r{fill:#9aa4b2}'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}">
<style>${style}</style>
<rect width="100%" height="100%" fill="#fff"/>
${groups.join('\n')}
</svg>
`
}

function drawn({ title, unit, bars, base }: Chart): string {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  const of = bars.find(({ name }) => name === base)?.value
  const rows = bars.map(({ name, value }, i) => {
    const y = HEAD + i * ROW
    const length = (value / most) * (WIDTH - NAMES - NUMBERS)
    const number = value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })
    const ratio = of === undefined ? '' : ` (${(value / of).toFixed(2)} ×)`
    return [
      `<text class="n" x="${NAMES - 10}" y="${y + 13}">${escaped(name)}</text>`,
      `<rect class="${name.startsWith(OURS) ? 'o' : 'r'}" x="${NAMES}" y="${y}" width="${length.toFixed(1)}" height="${ROW - 7}"/>`,
      `<text x="${(NAMES + length + 8).toFixed(1)}" y="${y + 13}">${number} ${escaped(unit)}${ratio}</text>`,
    ].join('')
  })
  return [`<text class="t" x="10" y="26">${escaped(title)}</text>`, ...rows].join('\n')
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

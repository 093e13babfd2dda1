/** SVG as text, and axes. Colours come from a style sheet, so that drawings follow light and dark. */

/** For text and attribute values. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)

export type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, content = ''): string {
  const given = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`,
  )
  return content === ''
    ? `<${name}${given.join('')}/>`
    : `<${name}${given.join('')}>${content}</${name}>`
}

/** `anchor` as in SVG: start, middle, end. */
export const label = (
  content: string,
  {
    x,
    y,
    anchor = 'start',
    kind = 'text',
  }: { x: number; y: number; anchor?: string; kind?: string },
): string => element('text', { x, y, 'text-anchor': anchor, class: kind }, escaped(content))

/** A whole drawing that scales with the page. `about` is read to those who do not see it. */
export function drawing(
  { width, height, about }: { width: number; height: number; about: string },
  content: readonly string[],
): string {
  const attributes = { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': about }
  return element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...attributes }, content.join(''))
}

/** From values to places. */
export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
}

export interface Extent {
  readonly from: number
  readonly to: number
}

const TICKS = 6
/** Beyond this ratio of greatest to least a linear axis shows the great ones alone. */
const LOG_RATIO = 20

/** Begins at 0. */
export function linear(max: number, { from, to }: Extent): Scale {
  const top = max > 0 ? max * 1.04 : 1
  const step = niceStep(top / TICKS)
  const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step)
  return { at: (value) => from + (value / top) * (to - from), ticks }
}

/** Values must be above 0. */
export function logarithmic(
  { min, max }: { min: number; max: number },
  { from, to }: Extent,
): Scale {
  const [low, high] = [Math.log10(min / 1.15), Math.log10(max * 1.15)]
  const at = (value: number): number =>
    from + ((Math.log10(Math.max(value, min / 1.15)) - low) / (high - low)) * (to - from)
  const isApart = (ticks: readonly number[]): boolean =>
    ticks.every((tick, i) => i === 0 || at(tick) - at(ticks[i - 1]!) >= TICK_WIDTH)
  const choices = DIGITS.map((digits) =>
    decades(low, high)
      .flatMap((decade) => digits.map((digit) => digit * decade))
      .filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high),
  )
  return { at, ticks: choices.find(isApart) ?? choices.at(-1)! }
}

/** Of each decade: as many as have room for their labels. */
const DIGITS = [[1, 2, 5], [1, 3], [1]] as const
const TICK_WIDTH = 52

const decades = (low: number, high: number): readonly number[] =>
  Array.from(
    { length: Math.floor(high) - Math.floor(low) + 1 },
    (_, i) => 10 ** (Math.floor(low) + i),
  )

/** Logarithmic where the values are far apart. */
export function fitting(values: readonly number[], extent: Extent): Scale {
  const positive = values.filter((value) => value > 0)
  const [min, max] = [Math.min(...positive), Math.max(...positive)]
  return positive.length > 0 && max / min > LOG_RATIO
    ? logarithmic({ min, max }, extent)
    : linear(Math.max(0, ...values), extent)
}

/** Vertical lines with their values below. */
export function verticals(
  { at, ticks }: Scale,
  { top, bottom, unit = '' }: { top: number; bottom: number; unit?: string },
): string {
  return ticks
    .map(
      (tick) =>
        element('line', { x1: at(tick), x2: at(tick), y1: top, y2: bottom, class: 'grid' }) +
        label(`${shown(tick)}${unit}`, {
          x: at(tick),
          y: bottom + 14,
          anchor: 'middle',
          kind: 'tick',
        }),
    )
    .join('')
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return (([1, 2, 5, 10] as const).find((factor) => factor * power >= rough) ?? 10) * power
}

/** Three digits, no exponent, no zeros at the end. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))))
  const text = value.toFixed(Math.min(digits, 4))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

const short = (value: number): string => String(Math.round(value * 100) / 100)

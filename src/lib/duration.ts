/** Lengths of time as people write them: `250ms`, `30s`, `1h30m`, `7d`, `never`. Parsed to whole milliseconds. */

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const

const UNIT_NAMES = Object.keys(UNITS) as (keyof typeof UNITS)[]
/** Each unit at most once, the greatest first. */
const FORM = new RegExp(`^${UNIT_NAMES.map((unit) => `(?:(\\d+)${unit})?`).join('')}$`)

/** Milliseconds, `Infinity` for `never`; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text === 'never') return Infinity
  const found = FORM.exec(text)
  if (!found || text === '') return undefined
  const ms = UNIT_NAMES.reduce((sum, unit, i) => sum + Number(found[i + 1] ?? 0) * UNITS[unit], 0)
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** The shortest text that `parseDuration` reads as `ms`, rounded to whole milliseconds. */
export function formatDuration(ms: number): string {
  if (ms === Infinity) return 'never'
  let left = Math.round(ms)
  let text = ''
  for (const unit of UNIT_NAMES) {
    const count = Math.floor(left / UNITS[unit])
    if (count > 0) text += `${count}${unit}`
    left -= count * UNITS[unit]
  }
  return text === '' ? '0s' : text
}

/** Numbers and times as people read them. */

const DASH = '–'

/** A duration in ms with three figures at most. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return DASH
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`
  if (ms < 100_000) return `${(ms / 1_000).toFixed(1)} s`
  return span(ms)
}

/** A long time in its two greatest units. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000))
  if (s < 60) return `${s}s`
  if (s < 3_600) return `${Math.floor(s / 60)}m ${s % 60}s`
  if (s < 86_400) return `${Math.floor(s / 3_600)}h ${Math.floor((s % 3_600) / 60)}m`
  return `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3_600)}h`
}

/** The same with one unit. */
export function roughly(ms: number): string {
  return span(ms).split(' ')[0] ?? ''
}

export function rate(perSecond: number): string {
  if (perSecond === 0) return '0'
  if (perSecond < 10) return perSecond.toFixed(1)
  return Math.round(perSecond).toLocaleString('en')
}

export function bytes(count: number | undefined): string {
  if (count === undefined) return DASH
  if (count === 0) return '0'
  const mib = count / 1_048_576
  if (mib >= 1_024) return `${(mib / 1_024).toFixed(1)} GiB`
  return mib >= 10 ? `${Math.round(mib)} MiB` : `${mib.toFixed(1)} MiB`
}

const two = (n: number): string => String(n).padStart(2, '0')

/** Time of day with ms, of this browser's place. */
export function clockTime(at: number): string {
  const date = new Date(at)
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}

/** What tells an instance from its sisters: its name begins with the function's. */
export const shortInstance = (id: string): string => id.slice(id.lastIndexOf('-') + 1)

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

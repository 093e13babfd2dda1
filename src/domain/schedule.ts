/** Times of the week, as a schedule names them: `mon-fri 08:00-18:00`, in the local time of the gateway. */

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

const DAY_MINUTES = 24 * 60
const WEEK_DAYS = DAYS.length

/** From one minute of a day to another, on some days; over midnight where it ends before it begins. */
export interface TimeRange {
  /** By `Date.getDay()`: the days on which it begins. */
  readonly days: readonly boolean[]
  /** Minutes since midnight. */
  readonly from: number
  readonly to: number
}

const PATTERN =
  /^(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))$/

/** `mon-fri 08:00-18:00`, `sat 22:00-06:00`, `07:30-09:00` for every day; undefined: it is none of these. */
export function parseTimeRange(text: string): TimeRange | undefined {
  const found = PATTERN.exec(text.trim().toLowerCase())
  if (!found) return undefined
  const [, first = 'sun', last = found[1] ?? 'sat', fromH, fromM, toH, toM] = found
  const [begin, end] = [DAYS.indexOf(first as 'sun'), DAYS.indexOf(last as 'sun')]
  const from = Number(fromH) * 60 + Number(fromM)
  const to = found[7] === undefined ? Number(toH) * 60 + Number(toM) : DAY_MINUTES
  if (begin < 0 || end < 0 || from === to) return undefined
  const count = (end - begin + WEEK_DAYS) % WEEK_DAYS
  const days = DAYS.map((_, day) => (day - begin + WEEK_DAYS) % WEEK_DAYS <= count)
  return { days, from, to }
}

/** Whether a moment (wall clock, ms since the epoch) is in any of the ranges; without ranges it always is. */
export function isWithin(ranges: readonly TimeRange[], at: number): boolean {
  if (ranges.length === 0) return true
  const date = new Date(at)
  const [day, minute] = [date.getDay(), date.getHours() * 60 + date.getMinutes()]
  return ranges.some(({ days, from, to }) => {
    if (from < to) return days[day] === true && minute >= from && minute < to
    const before = (day + WEEK_DAYS - 1) % WEEK_DAYS
    return (days[day] === true && minute >= from) || (days[before] === true && minute < to)
  })
}

/** Ms until one of the ranges begins or ends; Infinity without ranges. */
export function untilChangeMs(ranges: readonly TimeRange[], at: number): number {
  const today = new Date(at)
  const moments = ranges.flatMap(({ from, to }) =>
    [from, to].flatMap((minute) =>
      // Whether it begins on that day does not matter: a look that changes nothing costs nothing.
      [0, 1].map((days) => atMinute(today, days, minute)),
    ),
  )
  return Math.min(Infinity, ...moments.filter((moment) => moment > at).map((moment) => moment - at))
}

/** As the clock on the wall shows it, also on a day that has an hour more or less. */
const atMinute = (today: Date, days: number, minute: number): number =>
  new Date(
    today.getFullYear(),
    today.getMonth(),
    today.getDate() + days,
    Math.floor(minute / 60),
    minute % 60,
  ).getTime()

/** Invocations out of the lines of a log: the gateway's own (JSON), Common Log Format, or CSV. One format in one log. */

export interface Invocation {
  readonly fn: string
  /** It arrived then, ms since the epoch. */
  readonly at: number
  readonly durationMs: number
}

/** Undefined: the line says nothing of an invocation. */
export type LineReader = (line: string) => Invocation | undefined

export type LogFormat = 'json' | 'common' | 'csv'

/** What the first line looks like. */
export function formatOf(line: string): LogFormat {
  if (line.startsWith('{')) return 'json'
  return COMMON.test(line) ? 'common' : 'csv'
}

/** Reads lines of this format; the first line of a CSV may name its columns. */
export function readerOf(format: LogFormat): LineReader {
  if (format === 'json') return ownLine
  return format === 'common' ? commonLine : csvReader()
}

interface OwnLine {
  readonly msg?: string
  readonly time: string
  readonly function?: string
  readonly start?: string
  readonly totalMs: number
}

/** Without a start the request reached no function: it was refused before, or its client left. */
function ownLine(line: string): Invocation | undefined {
  if (!line.includes('"msg":"request"')) return undefined
  try {
    const { time, function: fn, start, totalMs } = JSON.parse(line) as OwnLine
    if (fn === undefined || start === undefined) return undefined
    // Its time is that of the arrival, though the line is written when the request is over.
    return checked({ fn, at: Date.parse(time), durationMs: totalMs })
  } catch {
    return undefined
  }
}

/** With an optional virtual host in front, as `%v:%p` writes it; what comes after the size is passed over. */
const COMMON =
  /^(?:(\S+:\d+) )?\S+ \S+ \S+ \[(\d{2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})\] "/
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** It tells no duration: invocations take no time, and without a virtual host all are of one function. */
function commonLine(line: string): Invocation | undefined {
  const found = COMMON.exec(line)
  if (!found) return undefined
  const [, host, day, month = '', year, time, hours, minutes] = found
  const number = String(MONTHS.indexOf(month) / 3 + 1).padStart(2, '0')
  const at = Date.parse(`${year}-${number}-${day}T${time}${hours}:${minutes}`)
  return checked({ fn: host ?? 'all', at, durationMs: 0 })
}

const COLUMNS = ['function', 'time', 'duration'] as const

/** `function,time,duration`: times as ISO 8601 or in seconds since any moment, durations in seconds. */
function csvReader(): LineReader {
  let order: readonly number[] = [0, 1, 2]
  let isFirst = true
  return (line) => {
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    const named = COLUMNS.map((column) => cells.indexOf(column))
    if (isFirst && named[0] !== -1 && named[1] !== -1) {
      isFirst = false
      order = named
      return undefined
    }
    isFirst = false
    const [fn = '', time = '', duration = '0'] = order.map((place) => cells[place])
    if (fn === '' || time === '') return undefined
    const seconds = Number(time)
    const at = Number.isNaN(seconds) ? Date.parse(time) : seconds * 1_000
    return checked({ fn, at, durationMs: Number(duration) * 1_000 })
  }
}

const checked = (invocation: Invocation): Invocation | undefined =>
  Number.isFinite(invocation.at) && invocation.durationMs >= 0 ? invocation : undefined

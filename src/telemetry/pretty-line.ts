/** A log entry as a line for people: time, status or level, what happened, aligned; colour only when asked for. */

import { escapeControls } from './plain-text.ts'
import { ms } from './entry.ts'
import type { Entry, Level } from './entry.ts'

const SGR = { dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const
type Colour = keyof typeof SGR

const LEVEL_COLOUR: Readonly<Record<Level, Colour>> = {
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
}
const START_COLOUR: Readonly<Record<string, Colour>> = {
  warm: 'green',
  queued: 'yellow',
  resumed: 'cyan',
  cold: 'blue',
}
/** Shown in front of the fields, or told by the rest of a request's line. */
const TOLD = new Set(['function', 'requestId', 'instance'])

/** Makes the formatter. */
export function prettyLines(colour: boolean): (entry: Entry) => string {
  const paint = (name: Colour, text: string): string =>
    colour ? `\u001b[${SGR[name]}m${text}\u001b[0m` : text
  return (entry) => {
    // A request's line comes with its end: told by its beginning, times would go back and forth down the screen.
    const at = entry.at + (entry.msg === 'request' ? Number(entry.fields['totalMs']) : 0)
    const time = paint('dim', clockTime(at))
    if (entry.msg === 'request') return `${time} ${requestText(entry, paint)}`
    const fn = entry.fields['function']
    if (entry.msg === 'output')
      return `${time} ${paint('dim', `${show(fn)} |`)} ${show(entry.fields['line'])}`
    const level = paint(LEVEL_COLOUR[entry.level], entry.level.padEnd(5))
    const subject = fn === undefined ? '' : `${show(fn)}: `
    return `${time} ${level} ${subject}${escapeControls(entry.msg)}${detailText(entry.fields)}`
  }
}

function requestText({ fields: f }: Entry, paint: (name: Colour, text: string) => string): string {
  const status = Number(f['status'])
  const start = show(f['start'] ?? '-')
  const took = `${Number(f['totalMs']).toFixed(2)} ms`.padStart(12)
  const words = [
    paint(statusColour(status), status === 0 ? 'gone ' : String(status).padEnd(5)),
    took,
    paint(START_COLOUR[start] ?? 'dim', start.padEnd(7)),
    show(f['function'] ?? '-'),
    show(f['method']),
    `${show(f['host'])}${show(f['path'])}`,
  ]
  const phases = f['phases'] === undefined ? [] : [paint('dim', show(f['phases']))]
  const error =
    f['error'] === undefined
      ? []
      : [paint('red', [f['error'], f['cause']].filter(Boolean).map(show).join(': '))]
  return [...words, ...phases, ...error].join(' ')
}

function statusColour(status: number): Colour {
  if (status >= 500) return 'red'
  if (status >= 400 || status === 0) return 'yellow'
  return 'green'
}

/** ` key=value …`, log lines of an instance below, indented. */
function detailText(fields: Entry['fields']): string {
  let text = ''
  for (const [key, value] of Object.entries(fields)) {
    if (TOLD.has(key) || key === 'log') continue
    const shown = value === undefined ? '' : show(value)
    if (shown !== '') text += ` ${key}=${shown}`
  }
  const log = fields['log']
  if (Array.isArray(log)) for (const line of log) text += `\n    | ${show(line)}`
  return text
}

function show(value: unknown): string {
  if (typeof value === 'string') return escapeControls(value)
  if (typeof value === 'number') return String(ms(value))
  if (Array.isArray(value)) return value.map(show).join(',')
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).map(([name, part]) => `${name} ${show(part)}`)
  return `(${parts.join(' · ')})`
}

const two = (n: number): string => String(n).padStart(2, '0')

/** Local time of day. */
function clockTime(at: number): string {
  const date = new Date(at)
  const millis = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`
}

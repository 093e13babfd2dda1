/** What `coldfront top` shows, as lines of text: a pure function of the status, the view and the size. */

import type { Condition, FunctionStatus } from '../domain/status.ts'
import type { GatewayStatus } from '../admin/status.ts'
import { budgetText, notesOf, spell, statusLines } from './status-table.ts'
import type { Size } from './terminal.ts'

export const ORDERS = ['name', 'activity', 'last wake'] as const
export type Order = (typeof ORDERS)[number]

export interface View {
  readonly order: Order
  /** Functions scrolled past. */
  readonly offset: number
}

export interface Shown {
  readonly status: GatewayStatus
  /** Why the newest question was not answered. */
  readonly trouble: string | undefined
  /** Wall clock in ms. */
  readonly now: number
  readonly size: Size
  readonly view: View
  readonly colour: boolean
}

/** Lines besides those of functions: summary, room or trouble, headings, keys. */
const FRAME_LINES = 4
/** Of the width, what a name may take: beyond it, it would push out what one looks for. */
const NAME_SHARE = 0.3
/** Of what needs a person's eye. */
const NOTES_MAX = 3

const COLOURS: Readonly<Record<Condition, number>> = {
  ready: 32,
  waking: 33,
  paused: 36,
  cold: 2,
  backoff: 31,
}

/** As many lines as the screen has, none longer than it is wide. */
export function topLines(shown: Shown): readonly string[] {
  const { status, trouble, size, view, now } = shown
  const keys = `q quit   s order: ${view.order}   ↑ ↓ scroll`
  const paint = painter(shown)
  const notes = notesOf(status).slice(0, NOTES_MAX)
  const places = roomFor(size.rows, notes.length)
  const functions = ordered(status.functions, view.order)
  const from = Math.min(view.offset, Math.max(0, functions.length - places))
  const visible = functions.slice(from, from + places)
  const nameMax = Math.max(1, Math.floor(size.columns * NAME_SHARE))
  // All are aligned, so that columns do not move while one scrolls.
  const [heading = '', ...lines] = statusLines(functions, now, nameMax)
  const rows = lines
    .slice(from, from + places)
    .map((line, i) => paint(line, COLOURS[visible[i]?.condition ?? 'cold']))
  const summary = paint(summaryOf(status, now), 1)
  const room = paint(`room: ${budgetText(status.budget)} taken`, 2)
  const second = trouble === undefined ? room : paint(trouble, 31)
  return frame(
    [summary, second, paint(heading, 7), ...rows, ...notes.map((note) => paint(note, 33))],
    keys,
    shown,
  )
}

/** How far one can scroll. */
export const offsetMax = (status: GatewayStatus, rows: number): number =>
  Math.max(0, status.functions.length - roomFor(rows, Math.min(NOTES_MAX, notesOf(status).length)))

const roomFor = (rows: number, notes: number): number => Math.max(1, rows - FRAME_LINES - notes)

/** The keys stand in the last line. */
function frame(lines: readonly string[], keys: string, shown: Shown): readonly string[] {
  const { rows } = shown.size
  const body = lines.slice(0, Math.max(0, rows - 1))
  const empty = Array<string>(Math.max(0, rows - 1 - body.length)).fill('')
  return [...body, ...empty, painter(shown)(keys, 2)].slice(-rows)
}

/** Cuts a line at the width before colour makes it longer. */
const painter =
  ({ colour, size }: Shown) =>
  (text: string, sgr: number): string => {
    const cut = text.slice(0, size.columns)
    return colour && sgr > 0 && cut !== '' ? `\u001b[${sgr}m${cut}\u001b[0m` : cut
  }

function summaryOf({ version, startedAt, functions, ready }: GatewayStatus, now: number): string {
  const counts = new Map<Condition, number>()
  for (const { condition } of functions) counts.set(condition, (counts.get(condition) ?? 0) + 1)
  const conditions = (Object.keys(COLOURS) as Condition[])
    .filter((condition) => counts.has(condition))
    .map((condition) => `${counts.get(condition)} ${condition}`)
  const sum = (of: (fn: FunctionStatus) => number): number =>
    functions.reduce((total, fn) => total + of(fn), 0)
  return [
    `coldfront ${version}, ${ready ? 'up' : 'draining, up'} ${spell(now - startedAt)}`,
    `${functions.length} ${functions.length === 1 ? 'function' : 'functions'}${conditions.length > 0 ? `: ${conditions.join(', ')}` : ''}`,
    `${sum((fn) => fn.inFlight)} in flight`,
    `${sum((fn) => fn.waiters)} waiting`,
  ].join('   ')
}

function ordered(functions: readonly FunctionStatus[], order: Order): readonly FunctionStatus[] {
  const by: Readonly<Record<Order, (fn: FunctionStatus) => number>> = {
    name: () => 0,
    activity: (fn) => fn.inFlight + fn.waiters,
    'last wake': (fn) => fn.lastWake?.at ?? 0,
  }
  const weight = by[order]
  return functions.toSorted((a, b) => weight(b) - weight(a) || (a.id < b.id ? -1 : 1))
}

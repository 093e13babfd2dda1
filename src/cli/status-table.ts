/** The status of a gateway as a table for people. */

import { columns } from './columns.ts'
import { roughSize } from '../lib/size.ts'
import { escapeControls } from '../telemetry/plain-text.ts'
import type { BudgetStatus, FunctionStatus } from '../domain/status.ts'
import type { GatewayStatus } from '../admin/status.ts'

const HEADINGS = [
  'FUNCTION',
  'CONDITION',
  'INSTANCES',
  'IN FLIGHT',
  'WAITING',
  'LAST WAKE',
  'AGE',
  'MEMORY',
  'LAST ERROR',
]
/** Longer errors are for `--json` and the log. */
const ERROR_CHARS_MAX = 60

/** `now`: wall clock in ms. What needs a person's eye comes below the table. */
export function statusTable(status: GatewayStatus, now: number): string {
  const notes = notesOf(status)
  const lines = statusLines(status.functions, now)
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

/** The heading and a line for each function, aligned. Names longer than `nameMax` are cut. */
export function statusLines(
  functions: readonly FunctionStatus[],
  now: number,
  nameMax = Infinity,
): readonly string[] {
  const rows = functions.map((fn) => {
    const [name = '', ...rest] = rowOf(fn, now)
    return [cut(name, nameMax), ...rest]
  })
  return columns([HEADINGS, ...rows]).split('\n')
}

const cut = (text: string, charsMax: number): string =>
  text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text

/** What needs a person's eye. */
export function notesOf({ budget, functions, runtimes }: GatewayStatus): readonly string[] {
  return [
    ...(budget.waiting > 0 ? [fullText(budget)] : []),
    ...runtimes.filter(({ up }) => !up).map(({ name, message }) => `${name} is away: ${message}`),
    ...functions.flatMap(({ id, problem }) => (problem === undefined ? [] : [`${id}: ${problem}`])),
    ...functions
      .filter(({ pauseTier }) => pauseTier === 'off')
      .map(({ id }) => `${id}: pausing failed too often, idle instances are stopped instead`),
  ].map(escapeControls)
}

/** `12 of 20 instances, 1.5 GiB of 4.0 GiB`: what is taken of the host. */
export function budgetText(budget: BudgetStatus): string {
  const { instances, instancesMax, memoryBytes, memoryMaxBytes } = budget
  const text = `${instances} of ${instancesMax} instances`
  if (memoryMaxBytes === undefined) return text
  return `${text}, ${roughSize(memoryBytes)} of ${roughSize(memoryMaxBytes)}`
}

function fullText(budget: BudgetStatus): string {
  const { waiting } = budget
  return `the host is full (${budgetText(budget)}): ${waiting} ${waiting === 1 ? 'function waits' : 'functions wait'} for room`
}

function rowOf(fn: FunctionStatus, now: number): readonly string[] {
  const { lastWake, lastError } = fn
  const age = Math.max(...fn.instances.map(({ ageMs }) => ageMs))
  return [
    fn.id,
    conditionText(fn, now),
    instancesText(fn),
    String(fn.inFlight),
    String(fn.waiters),
    lastWake ? `${lastWake.kind} ${wakeText(lastWake.totalMs)}` : '-',
    age >= 0 ? spell(age) : '-',
    memoryText(fn),
    lastError ? `${spell(now - lastError.at)} ago: ${errorText(lastError.message)}` : '-',
  ]
}

function conditionText({ condition, backoffMs, warmUntil }: FunctionStatus, now: number): string {
  if (condition === 'backoff') return `backoff ${spell(backoffMs)}`
  return warmUntil === undefined ? condition : `${condition}, kept ${spell(warmUntil - now)}`
}

/** `2 ready, 1 paused` */
function instancesText({ instances }: FunctionStatus): string {
  const counts = new Map<string, number>()
  for (const { state } of instances) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ') || '-'
}

/** Of all instances together. */
function memoryText({ instances }: FunctionStatus): string {
  const told = instances.flatMap(({ memoryBytes }) => memoryBytes ?? [])
  return told.length === 0 ? '-' : roughSize(told.reduce((sum, bytes) => sum + bytes, 0))
}

const wakeText = (ms: number): string => (ms < 10_000 ? `${Math.round(ms)} ms` : spell(ms))

const errorText = (message: string): string => cut(escapeControls(message), ERROR_CHARS_MAX)

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

/** In the greatest unit that fits, whole: an age is read at a glance. */
export function spell(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size) return `${Math.floor(ms / size)}${unit}`
  return `${Math.max(0, Math.round(ms / 1000))}s`
}

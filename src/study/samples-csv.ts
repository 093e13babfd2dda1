/** Samples as CSV (RFC 4180), one row each, a column for each factor. */

import type { Plan } from './plan.ts'
import type { Sample } from './sample.ts'
import type { Phases } from './wake.ts'

const PHASES: readonly (keyof Phases)[] = ['before', 'calls', 'between', 'boot', 'after', 'answer']

export function samplesCsv({ factors, cells }: Plan, samples: readonly Sample[]): string {
  const levels = new Map(cells.map((cell) => [cell.key, cell.levels]))
  const columns = [
    'repetition',
    'order',
    'at',
    'way',
    ...factors.map(({ name }) => name),
    'start',
    'requests',
    'total_ms',
    'first_ms',
    'share_ms',
    ...PHASES.map((name) => `${name}_ms`),
    'load',
  ]
  const rows = samples.map((sample) => {
    const { repetition, order, at, way, key, starts, totals, total, share, phases, load } = sample
    return [
      repetition + 1,
      order + 1,
      new Date(at).toISOString(),
      way,
      ...factors.map(({ name }) => levels.get(key)?.[name] ?? ''),
      starts.join(' '),
      totals.length,
      total,
      Math.min(...totals),
      share ?? '',
      ...PHASES.map((name) => phases?.[name] ?? ''),
      load,
    ]
  })
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

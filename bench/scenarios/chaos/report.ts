/** What became of the requests of `chaos`, as tables and targets. */

import type { Measured } from '../../harness/scenario.ts'
import { percentile } from '../../harness/statistics.ts'
import { type Table, shown } from '../../harness/table.ts'
import type { Asked, Fate } from './load.ts'

const zero = (what: string, value: number) => ({ what, value, limit: 0, unit: 'requests' })

export interface Outcome {
  readonly asked: readonly Asked[]
  readonly accidents: ReadonlyMap<string, number>
  readonly runs: ReadonlyMap<number, readonly string[]>
  readonly left: readonly string[]
  readonly conditions: Readonly<Record<string, unknown>>
  readonly isEngineKilled: boolean
}

const FATES: readonly Fate[] = ['answered', 'status', 'broken', 'refused', 'wrong', 'hung']

/** Tables and targets. */
export function report({
  asked,
  accidents,
  runs,
  left,
  conditions,
  isEngineKilled,
}: Outcome): Measured {
  const count = (is: (a: Asked) => boolean): number => asked.filter(is).length
  const twice = [...runs].filter(([, files]) => files.length > 1)
  return {
    conditions,
    tables: [fateTable(asked), statusTable(asked), accidentTable(accidents)],
    targets: [
      zero('run twice', twice.length),
      zero(
        'answered and never run',
        count((a) => a.fate === 'answered' && !runs.has(a.number)),
      ),
      zero(
        'answered with another’s answer',
        count(({ fate }) => fate === 'wrong'),
      ),
      zero(
        'hung past every limit',
        count(({ fate }) => fate === 'hung'),
      ),
      { what: 'left behind', value: left.length, limit: 0, unit: 'instances' },
    ],
    notes: [
      ...twice.map(
        ([number, files]) =>
          `Run twice: ${JSON.stringify(asked.find((a) => a.number === number))} in ${files.join(', ')}.`,
      ),
      ...left.map((what) => `Left behind: ${what}.`),
      '`broken`: the connection ended before the answer did, as it must when what answers is killed; `refused`: no gateway listened at that moment; `status`: an answer other than 200.',
      ...(isEngineKilled
        ? []
        : ['No engine of its own could be had, and that of the machine was left alone.']),
    ],
    samples: asked.filter(({ fate }) => fate !== 'answered').slice(0, 1_000),
  }
}

function fateTable(asked: readonly Asked[]): Table {
  const names = [...new Set(asked.map(({ fn }) => fn))].toSorted()
  const rows = names.map((fn) => {
    const of = asked.filter((a) => a.fn === fn)
    const times = of.filter(({ fate }) => fate === 'answered').map(({ ms }) => ms)
    const fates = FATES.map((fate) => of.filter((a) => a.fate === fate).length.toLocaleString('en'))
    return [fn, ...fates, shown(percentile(times, 0.5)), shown(percentile(times, 0.99))]
  })
  const columns = ['function', ...FATES, 'p50 ms', 'p99 ms']
  return { title: 'Requests by outcome', columns, rows }
}

function statusTable(asked: readonly Asked[]): Table {
  const counts = new Map<string, number>()
  for (const { fate, status } of asked)
    if (fate === 'status') counts.set(`${status}`, (counts.get(`${status}`) ?? 0) + 1)
  return { title: 'Answers other than 200', columns: ['status', 'requests'], rows: rowsOf(counts) }
}

const accidentTable = (accidents: ReadonlyMap<string, number>): Table => ({
  title: 'Accidents',
  columns: ['what', 'times'],
  rows: rowsOf(accidents),
})

const rowsOf = (counts: ReadonlyMap<string, number>): readonly (readonly string[])[] =>
  [...counts]
    .map(([what, times]) => [what, `${times}`] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))

/** A finished measurement as JSON with its raw samples, as Markdown and as tables on the terminal. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asSvg } from './chart.ts'
import type { Provenance } from './machine.ts'
import { BENCH, ROOT } from './root.ts'
import { isMet, type Measured, type Scenario, type Target } from './scenario.ts'
import { markdown, plain, shown, type Table } from './table.ts'

export interface Finished {
  readonly scenario: Pick<Scenario, 'name' | 'about'>
  readonly provenance: Provenance
  readonly measured: Measured
  readonly tookMs: number
}

/** Writes `<date>-<scenario>.json`, `.md` and, where there are charts, `.svg`, and returns the path without its ending. Results of record carry the day, local ones the minute too. */
export function write(finished: Finished, record: boolean): string {
  const { scenario, provenance, measured, tookMs } = finished
  const day = provenance.at.slice(0, 10)
  const minute = provenance.at.slice(11, 16).replace(':', '')
  const dir = record ? join(BENCH, 'results') : join(BENCH, 'results', 'local')
  const name = record ? `${day}-${scenario.name}` : `${day}-${minute}-${scenario.name}`
  mkdirSync(dir, { recursive: true })
  const { samples, charts = [], ...rest } = measured
  const json = {
    scenario: scenario.name,
    ...provenance,
    tookMs: Math.round(tookMs),
    ...rest,
    samples,
  }
  writeFileSync(join(dir, `${name}.json`), anonymous(`${compact(json)}\n`))
  writeFileSync(join(dir, `${name}.md`), anonymous(asMarkdown(finished)))
  if (charts.length > 0) writeFileSync(join(dir, `${name}.svg`), asSvg(charts))
  return join(dir, name)
}

/** Where the checkout and the temporary files of this machine are is nobody's business. */
const anonymous = (text: string): string =>
  text
    .replaceAll(process.execPath, 'node')
    .replaceAll(ROOT, '.')
    .replaceAll(new RegExp(`${tmpdir()}/coldfront-bench-\\w+`, 'g'), 'TMP')

/** For the terminal. */
export function asText({ measured }: Finished): string {
  const { tables, targets, notes } = measured
  const parts = [...tables.map(plain), ...(targets.length > 0 ? [plain(targetTable(targets))] : [])]
  return [...parts, notes.map((note) => `· ${note}`).join('\n')].filter(Boolean).join('\n\n')
}

function asMarkdown({ scenario, provenance, measured }: Finished): string {
  const { machine, versions, at, commit, changedFiles } = provenance
  const dirty = changedFiles > 0 ? ` with ${changedFiles} changed files in src/` : ''
  const facts = [
    `${at.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}${dirty}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux ${machine.kernel}, load before ${machine.load.map((l) => l.toFixed(1)).join(' / ')} (1 / 5 min)`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ]
  const { tables, targets, notes, conditions } = measured
  return (
    [
      `# ${scenario.name}: ${scenario.about}`,
      facts.map((fact) => `- ${fact}`).join('\n'),
      ...tables.map(markdown),
      ...(targets.length > 0 ? [markdown(targetTable(targets))] : []),
      ...(notes.length > 0
        ? ['## How to read it', notes.map((note) => `- ${note}`).join('\n')]
        : []),
      '## Conditions',
      `\`\`\`json\n${JSON.stringify(conditions, undefined, 2)}\n\`\`\``,
    ].join('\n\n') + '\n'
  )
}

const targetTable = (targets: readonly Target[]): Table => ({
  title: 'Targets',
  columns: ['what', 'measured', 'bar', 'aim', 'unit', ''],
  rows: targets.map((target) => {
    const { what, value, limit, aim, unit, atLeast, doubt } = target
    const bound = (number: number): string =>
      `${atLeast ? '≥' : '≤'} ${number.toLocaleString('en')}`
    const verdict = isMet(target) ? 'met' : 'MISSED'
    return [
      what,
      shown(value, 2),
      bound(limit),
      aim === undefined ? '' : bound(aim),
      unit,
      doubt === undefined ? verdict : `${verdict}, counts for nothing: ${doubt}`,
    ]
  }),
})

/** One line per sample: files of thousands of samples stay readable and their differences small. */
function compact(value: Readonly<Record<string, unknown>>): string {
  const marks: string[] = []
  const mark = (text: string): string => `@${marks.push(text) - 1}@`
  const flat = (key: string, v: unknown): unknown => {
    const isLeaf =
      v !== null &&
      typeof v === 'object' &&
      Object.values(v).every((x) => x === null || typeof x !== 'object')
    return isLeaf && key !== '' ? mark(JSON.stringify(v)) : v
  }
  return JSON.stringify(value, flat, 1).replaceAll(
    /"@(\d+)@"/g,
    (_, i: string) => marks[Number(i)] ?? '',
  )
}

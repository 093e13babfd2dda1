/** What a report says, before it becomes HTML or Markdown: facts, doubts, tables. */

import type { Analysis, Contrast, Distribution, Row } from './analysis.ts'
import { shown } from '../lib/drawing.ts'
import type { Environment } from './environment.ts'
import type { Journal } from './journal.ts'
import type { Plan } from './plan.ts'
import type { Interval } from './statistics.ts'
import { type Comparison, VERDICTS } from './verdict.ts'

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Findings {
  /** Of the machine and the run, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** What a reader should know before believing the numbers. */
  readonly doubts: readonly string[]
  readonly combinations: Table
  readonly added: Table
  readonly contrasts: Table
}

/** Above this load for each core, others were at work before the study began. */
const QUIET_LOAD = 0.3
/** Below this many values a 95th percentile is the greatest one. */
const P95_MIN = 20

export function findingsOf(plan: Plan, analysis: Analysis, journal: Journal): Findings {
  return {
    facts: factsOf(plan, journal),
    doubts: doubtsOf(plan, analysis, journal),
    combinations: combinationTable(analysis.rows),
    added: addedTable(analysis.rows),
    contrasts: contrastTable(analysis.contrasts),
  }
}

function factsOf(plan: Plan, { environment, sessions, samples, end }: Journal): Findings['facts'] {
  const first = sessions[0]
  const { versions = {}, ...machine }: Partial<Environment> = environment ?? {}
  const load = `${first?.load ?? '?'} before, ${end?.load ?? '?'} after`
  const facts: (readonly [string, string | undefined])[] = [
    [
      'Measured',
      first &&
        new Date(first.at)
          .toISOString()
          .replace(/\.\d+Z/, ' UTC')
          .replace('T', ' '),
    ],
    ['Processor', machine.cpu && `${machine.cpu}, ${machine.cores} cores`],
    ['Memory', machine.memoryGiB === undefined ? undefined : `${machine.memoryGiB} GiB`],
    ['Kernel', machine.kernel],
    ['Frequency governor', machine.governor],
    ['Engine', machine.engine ?? 'none'],
    ...Object.entries(versions),
    ['Load (one minute)', load],
    ['Plan', `${plan.name}, digest ${plan.digest}, seed ${plan.seed}`],
    ['Samples', String(samples.length)],
  ]
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

function doubtsOf(plan: Plan, { rows }: Analysis, journal: Journal): readonly string[] {
  const { environment, sessions, end, samples, failures } = journal
  const doubts: string[] = []
  const load = Math.max(...sessions.map((session) => session.load))
  const cores = environment?.cores ?? 1
  if (load > QUIET_LOAD * cores)
    doubts.push(
      `The machine was not quiet: its load was ${load} on ${cores} cores before the study began. Trust comparisons within this study, not its absolute values.`,
    )
  const repetitions = new Set(samples.map(({ repetition }) => repetition)).size
  if (end?.why === 'limit')
    doubts.push(`The plan’s time was up after ${repetitions} of ${plan.repetitions} repetitions.`)
  if (end?.why === 'interrupted')
    doubts.push(`Interrupted: ${repetitions} of ${plan.repetitions} repetitions were begun.`)
  if (sessions.length > 1)
    doubts.push(`Measured in ${sessions.length} sessions; each began with its own warm-up.`)
  for (const [key, reason] of Object.entries(sessions.at(-1)?.leftOut ?? {}))
    doubts.push(`Left out: ${key} (${reason}).`)
  for (const [key, reason] of Object.entries(end?.noFloor ?? {}))
    doubts.push(`No floor: ${key} (${reason}).`)
  for (const { key, way, repetition, failed } of failures)
    doubts.push(`Failed: ${key}, ${way}, repetition ${repetition + 1}: ${failed.split('\n')[0]}`)
  const strange = rows.filter(({ gateway }) => gateway && !gateway.share)
  if (strange.length > 0)
    doubts.push(
      `The gateway’s share is not known of ${strange.map(({ label }) => label).join('; ')}: that function does not tell when it listened.`,
    )
  return doubts
}

function combinationTable(rows: readonly Row[]): Table {
  return {
    columns: [
      '',
      'N',
      'start',
      'total, median (95 % interval)',
      'p95',
      'gateway’s share (95 % interval)',
      'p95',
    ],
    rows: rows.flatMap(({ label, gateway, starts }) => {
      if (!gateway) return []
      const { total, share } = gateway
      const count = String(gateway.samples.length)
      return [
        [
          label,
          count,
          starts.join(', '),
          ...cellsOf(total),
          ...(share ? cellsOf(share) : ['–', '–']),
        ],
      ]
    }),
  }
}

const cellsOf = ({ values, median, interval, p95 }: Distribution): readonly string[] => [
  `${ms(median)} (${between(interval)})`,
  values.length < P95_MIN ? '–' : ms(p95),
]

function addedTable(rows: readonly Row[]): Table {
  return {
    columns: [
      '',
      'pairs',
      'without gateway',
      'with',
      'difference (95 % interval)',
      'noise',
      'p',
      'is it real?',
    ],
    rows: rows.flatMap(({ label, gateway, floor, added }) => {
      if (!gateway || !floor || !added) return []
      const medians = [ms(floor.total.median), ms(gateway.total.median)]
      return [[label, String(added.pairs), ...medians, ...judgement(added)]]
    }),
  }
}

function contrastTable(contrasts: readonly Contrast[]): Table {
  return {
    columns: [
      'factor',
      'from → to',
      'all else equal',
      'pairs',
      'ratio (95 % interval)',
      'difference (95 % interval)',
      'noise',
      'p',
      'is it real?',
    ],
    rows: contrasts.map(({ factor, from, to, under, comparison }) => [
      factor,
      `${from} → ${to}`,
      under,
      String(comparison.pairs),
      `${shown(comparison.ratio)} × (${between(comparison.ratioInterval)})`,
      ...judgement(comparison),
    ]),
  }
}

const judgement = ({ effect, interval, noise, p, verdict }: Comparison): readonly string[] => [
  `${signed(effect)} ms (${interval.map(signed).join(' – ')})`,
  ms(noise),
  p < 0.001 ? '< 0.001' : p.toFixed(3),
  VERDICTS[verdict],
]

const ms = (value: number): string => `${shown(value)} ms`
const signed = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : ''}${shown(Math.abs(value))}`
const between = ([from, to]: Interval): string => `${shown(from)} – ${shown(to)}`

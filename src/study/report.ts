/** Writes what a study found into its directory: `report.html`, `report.md`, `samples.csv`, `samples.json`. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { analyse } from './analysis.ts'
import { type Findings, findingsOf } from './findings.ts'
import type { Journal } from './journal.ts'
import type { Plan } from './plan.ts'
import { htmlReport } from './report-html.ts'
import { markdownReport } from './report-markdown.ts'
import { citation } from './report-text.ts'
import { samplesCsv } from './samples-csv.ts'

export interface WrittenReport {
  readonly dir: string
  readonly plan: Plan
  readonly journal: Journal
}

/** Overwrites an earlier report. Resolves with what was found. */
export async function writeReport({ dir, plan, journal }: WrittenReport): Promise<Findings> {
  const { samples, failures, sessions, environment } = journal
  const { cells: combinations, factors, seed } = plan
  const analysis = analyse({ combinations, factors, samples, failures, seed })
  const findings = findingsOf(plan, analysis, journal)
  const parts = {
    name: plan.name,
    about: plan.about,
    plan: plan.text,
    citation: citation({
      plan: plan.name,
      digest: plan.digest,
      seed,
      version: environment?.versions['coldfront'] ?? '',
      date: new Date(sessions[0]?.at ?? 0).toISOString().slice(0, 10),
    }),
    findings,
    analysis,
  }
  const whole = {
    plan: plan.name,
    digest: plan.digest,
    seed,
    environment,
    sessions,
    samples,
    failures,
  }
  await Promise.all([
    writeFile(join(dir, 'report.html'), htmlReport(parts)),
    writeFile(join(dir, 'report.md'), markdownReport(parts)),
    writeFile(join(dir, 'samples.csv'), samplesCsv(plan, samples)),
    writeFile(join(dir, 'samples.json'), `${JSON.stringify(whole)}\n`),
  ])
  return findings
}

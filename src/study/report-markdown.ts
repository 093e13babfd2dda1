/** The report as Markdown, for a repository or a mail: the tables, and what the HTML says beside its plots. */

import type { Table } from './findings.ts'
import type { ReportParts } from './report-html.ts'
import { METHOD, READING } from './report-text.ts'

export function markdownReport({ name, about, plan, citation, findings }: ReportParts): string {
  const { facts, doubts, combinations, added, contrasts } = findings
  const parts = [
    `# Study: ${name}\n\n${about}`,
    doubts.length > 0 ? `## Before you believe this\n\n${list(doubts)}` : '',
    `## What was measured\n\n${table(combinations)}`,
    added.rows.length > 0 ? `## What the gateway adds\n\n${table(added)}` : '',
    contrasts.rows.length > 0 ? `## Are the differences real?\n\n${table(contrasts)}` : '',
    `## How to read this\n\n${list(READING)}`,
    `## How it was measured\n\n${list(METHOD)}`,
    `## Machine and versions\n\n${table({ columns: ['', ''], rows: facts })}`,
    `## To cite and to repeat\n\n${citation}\n\n\`\`\`yaml\n${plan.trimEnd()}\n\`\`\``,
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n')

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

const table = ({ columns, rows }: Table): string =>
  [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')

/** The report as one HTML file: no script, nothing loaded from elsewhere, readable in light, dark and on paper. */

import type { Analysis } from './analysis.ts'
import { escaped } from '../lib/drawing.ts'
import type { Findings, Table } from './findings.ts'
import { boxes, phaseBars, PHASES, steps } from './plots.ts'
import { METHOD, READING } from './report-text.ts'
import { STYLE } from './report-style.ts'

export interface ReportParts {
  readonly name: string
  readonly about: string
  /** Of the plan's file. */
  readonly plan: string
  readonly citation: string
  readonly findings: Findings
  readonly analysis: Analysis
}

export function htmlReport(parts: ReportParts): string {
  const { name, about, plan, citation, findings, analysis } = parts
  const { facts, doubts, combinations, added, contrasts } = findings
  const factors = analysis.factors.map((factor) =>
    section(
      `Distribution by ${factor.name}`,
      `<div class="facets">${steps(analysis, factor).map(figure).join('')}</div>`,
    ),
  )
  const body = [
    `<header><p class="kind">coldfront study</p><h1>${escaped(name)}</h1><p class="about">${escaped(about)}</p></header>`,
    doubts.length > 0 ? `<aside><h2>Before you believe this</h2>${list(doubts)}</aside>` : '',
    section('What was measured', table(combinations)),
    section('Where the time goes', phaseDrawings(analysis)),
    section('The gateway’s own share', figure(boxes(analysis.rows, 'share')) + SHARE),
    section('What the gateway adds', added.rows.length > 0 ? table(added) : NO_FLOOR),
    section('All samples', figure(boxes(analysis.rows, 'total')) + KEY),
    ...factors,
    contrasts.rows.length > 0 ? section('Are the differences real?', table(contrasts)) : '',
    section('How to read this', list(READING)),
    section('How it was measured', list(METHOD)),
    section(
      'Machine and versions',
      `<dl>${facts.map(([k, v]) => `<dt>${escaped(k)}</dt><dd>${escaped(v)}</dd>`).join('')}</dl>`,
    ),
    section(
      'To cite and to repeat',
      `<p>${escaped(citation)}</p><p>Save the plan below as a file and run <code>coldfront study FILE</code>.</p><pre>${escaped(plan)}</pre>`,
    ),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)} – coldfront study</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.filter(Boolean).join('\n')}
</main>
</body>
</html>
`
}

const SHARE =
  '<p class="key">Per sample, measured from outside. “without gateway”: what a loop of connect attempts 1 ms apart loses of itself.</p>'
const NO_FLOOR = '<p>No floor was measured.</p>'
const KEY =
  '<p class="key"><i class="gateway"></i> through the gateway <i class="floor"></i> without it. Box: quartiles and median; whiskers: the last sample within 1.5 interquartile ranges; dots: every sample.</p>'

/** The tiers apart, for their scales are. */
function phaseDrawings({ rows }: Analysis): string {
  const tiers = Map.groupBy(rows, ({ combination }) => combination.tier)
  const drawings = [...tiers].flatMap(([tier, of]) => {
    const drawn = phaseBars(of)
    return drawn === '' ? [] : [`<h3>${tier}</h3>${figure(drawn)}`]
  })
  const kinds = new Map(
    PHASES.map(({ kind, about }) => [kind, about.replace(/^gateway: .*/, 'the gateway')]),
  )
  const key = [...kinds].map(([kind, about]) => `<i class="${kind}"></i> ${about}`).join(' ')
  return drawings.length === 0
    ? '<p>The functions tell no times, so that a total cannot be taken apart.</p>'
    : `${drawings.join('')}<p class="key">${key}. Medians of each phase.</p>`
}

const section = (title: string, content: string): string =>
  content === '' ? '' : `<section><h2>${escaped(title)}</h2>${content}</section>`

const figure = (svg: string): string => (svg === '' ? '' : `<figure>${svg}</figure>`)

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`

function table({ columns, rows }: Table): string {
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((cell) => `<td${classOf(cell)}>${escaped(cell)}</td>`).join('')}</tr>`,
    )
    .join('')
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

/** Numbers stand below each other; verdicts have a colour beside their word. */
function classOf(cell: string): string {
  if (cell === 'real') return ' class="real"'
  return /^[+−<]?\s?[\d–]/.test(cell) ? ' class="number"' : ''
}

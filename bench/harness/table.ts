/** Tables for terminals and for Markdown, from the same rows. */

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** One decimal below 100, none above; a dash where there is no number. */
export function shown(value: number, decimals = 1): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(decimals)
}

const isNumber = (text: string): boolean => /^[–\d.,×%+-]+( \w+)?$/.test(text)

export function plain({ title, columns, rows }: Table): string {
  const widths = columns.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        isNumber(rows[0]?.[i] ?? '') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [title, '', line(columns), rule, ...rows.map(line)].join('\n')
}

const piped = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export function markdown({ title, columns, rows }: Table): string {
  const rule = columns.map((_, i) => (isNumber(rows[0]?.[i] ?? '') ? '---:' : '---'))
  return [`## ${title}`, '', piped(columns), piped(rule), ...rows.map(piped)].join('\n')
}

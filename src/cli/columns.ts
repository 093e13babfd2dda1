/** Rows of cells as aligned text. */

/** What every terminal has. */
export const NARROW = 80

const GAP = '  '

/** Each column as wide as its widest cell, the last one as it is; no newline at the end. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows
    .map(
      (row) =>
        indent +
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join(GAP)
          .trimEnd(),
    )
    .join('\n')
}

/** Two columns for a terminal of 80: the second one goes on in further lines, where it would be too long. */
export function wrapped(rows: readonly (readonly [string, string])[], indent: string): string {
  const left = Math.max(0, ...rows.map(([cell]) => cell.length))
  const room = NARROW - indent.length - left - GAP.length
  return columns(
    rows.flatMap(([first, second]) =>
      linesOf(second, room).map((line, i) => [i === 0 ? first : '', line]),
    ),
    indent,
  )
}

/** Words together, as long as they fit; a longer word stands alone. */
export function linesOf(text: string, room: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= room)
      lines.push(`${lines.pop()} ${word}`)
    else lines.push(word)
  }
  return lines
}

/** What is wrong with a configuration file, and where: shown with the line and a caret, all mistakes at once. */

export interface Mistake {
  /** As the operator named it. */
  readonly file: string
  /** Where in the file, when it is about a place in it. */
  readonly place: Place | undefined
  /** What is wrong and what was expected. Never holds a value that came from `${…}`. */
  readonly message: string
}

/** A stretch of one line of source. Lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
  /** Characters to mark, at least 1. */
  readonly length: number
  /** The line as it stands in the file. */
  readonly source: string
}

/** Beyond this many mistakes only their number is shown. */
const SHOWN_MAX = 50
/** Longer lines are cut around the place, in characters. */
const WIDTH_MAX = 120

/** A configuration that cannot be used, with all its mistakes in the order of the files. */
export class ConfigError extends Error {
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super(formatMistakes(mistakes))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

/** The mistakes as text for people, without a newline at the end. */
export function formatMistakes(mistakes: readonly Mistake[]): string {
  const shown = mistakes.slice(0, SHOWN_MAX).map(formatMistake)
  const left = mistakes.length - shown.length
  if (left > 0) shown.push(`and ${left} more ${left === 1 ? 'mistake' : 'mistakes'}`)
  return shown.join('\n\n')
}

/** By file in the order given, then by place; each said once. */
export function orderMistakes(
  mistakes: readonly Mistake[],
  files: readonly string[],
): readonly Mistake[] {
  const once = new Map(mistakes.map((m) => [formatMistake(m), m]))
  return [...once.values()].sort(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  )
}

function formatMistake({ file, place, message }: Mistake): string {
  if (!place) return `${file}: ${message}`
  const { text, before } = cut(place)
  const gutter = `${place.line} | `
  const blank = `${' '.repeat(String(place.line).length)} | `
  // Tabs stay tabs, so that the caret stands below its text whatever their width.
  const indent = before.replaceAll(/[^\t]/g, ' ')
  const carets = '^'.repeat(Math.max(1, Math.min(place.length, text.length - before.length)))
  return `${file}:${place.line}:${place.column}: ${message}\n  ${gutter}${text}\n  ${blank}${indent}${carets}`
}

/** The part of the line to show, and what of it stands before the place. */
function cut({ source, column }: Place): { text: string; before: string } {
  const start = Math.max(0, column - 1 - WIDTH_MAX / 2)
  const from = source.length <= WIDTH_MAX ? 0 : start
  const ahead = from > 0 ? '…' : ''
  const after = source.length > from + WIDTH_MAX ? '…' : ''
  return {
    text: `${ahead}${source.slice(from, from + WIDTH_MAX)}${after}`,
    before: ahead + source.slice(from, column - 1),
  }
}

/** `${NAME}`, `${NAME:-default}` and `${file:path}` inside a text; `$$` stands for one `$`. One pass: what comes out is not expanded again. */

/** Where values come from. Undefined: there is no such variable. Throws `ExpansionError` when a file cannot be had. */
export interface Lookup {
  env(name: string): string | undefined
  file(path: string): Promise<string>
}

/** Says why an expression has no value. The message holds no value. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError'
}

/** What is wrong with one expression. */
interface ExpansionProblem {
  /** As it stands in the text. */
  readonly expression: string
  readonly message: string
}

export interface Expanded {
  readonly text: string
  /** The text is exactly one expression, so that its value may be a number or a truth value. */
  readonly whole: boolean
  readonly problems: readonly ExpansionProblem[]
}

const EXPRESSION = /\$\$|\$\{([^}]*)\}?/g
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/** Expands every expression of `text`; those without a value stay as they are and are reported. */
export async function expand(text: string, lookup: Lookup): Promise<Expanded> {
  const parts: string[] = []
  const problems: ExpansionProblem[] = []
  let end = 0
  let whole = false
  for (const found of text.matchAll(EXPRESSION)) {
    const [expression, inner] = found
    parts.push(text.slice(end, found.index))
    end = found.index + expression.length
    whole = inner !== undefined && expression.length === text.length
    try {
      parts.push(inner === undefined ? '$' : await evaluate(expression, inner, lookup))
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error
      problems.push({ expression, message: error.message })
    }
  }
  return { text: parts.join('') + text.slice(end), whole, problems }
}

async function evaluate(expression: string, inner: string, lookup: Lookup): Promise<string> {
  if (!expression.endsWith('}'))
    throw new ExpansionError('"${" without "}"; write $$ for a plain $')
  if (inner.startsWith('file:')) return await lookup.file(inner.slice('file:'.length))
  const found = VARIABLE.exec(inner)
  if (!found) {
    throw new ExpansionError(
      'expected ${NAME}, ${NAME:-default} or ${file:path}; write $$ for a plain $',
    )
  }
  const [, name = '', fallback] = found
  const value = lookup.env(name)
  // As in a shell: with ":-" an empty variable counts as none.
  if (fallback !== undefined) return value ? value : fallback
  if (value === undefined) {
    throw new ExpansionError(
      `the environment has no variable ${name}; set it, or write \${${name}:-default}`,
    )
  }
  return value
}

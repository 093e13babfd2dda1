/** One YAML file: parsed, `${…}` expanded, and every value traceable to its line and column. */

import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Scalar,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml'
import { targetsOf } from './anchors.ts'
import { expand, type Lookup } from './expansion.ts'
import type { Mistake, Place } from './mistake.ts'

/** Keys and indices from the root of the document. */
export type Path = readonly (string | number)[]

export interface SourceText {
  /** Absolute. */
  readonly file: string
  /** As the operator named it. */
  readonly shown: string
  readonly text: string
}

/** So many aliases, and so many values reached through them: a file that multiplies itself beyond this is refused. */
const ALIASES_MAX = 10_000

export class Source {
  readonly file: string
  readonly shown: string
  /** The file as plain values; expanded after `expand`. */
  value: unknown = undefined
  readonly #text: string
  readonly #lines: LineCounter
  readonly #document: Document
  readonly #targets: ReadonlyMap<Alias, Node | undefined>
  /** Scalars whose expansion failed: reported once, whatever else would be wrong with them. */
  readonly #spoiled = new Set<Node>()

  private constructor({ file, shown, text }: SourceText, lines: LineCounter, document: Document) {
    this.file = file
    this.shown = shown
    this.#text = text
    this.#lines = lines
    this.#document = document
    this.#targets = targetsOf(document)
  }

  /** The source, or what is wrong with its syntax. */
  static parse(text: SourceText): { source?: Source; mistakes: readonly Mistake[] } {
    const lines = new LineCounter()
    try {
      // Duplicate keys are found here in one pass: the parser's own check compares every pair of keys.
      const options = { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: false }
      const source = new Source(text, lines, parseDocument(text.text, options))
      const mistakes = source.#syntax()
      return mistakes.length > 0 ? { mistakes } : { source, mistakes }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const message = 'its values are nested too deeply'
      return { mistakes: [{ file: text.shown, place: undefined, message }] }
    }
  }

  /** Syntax errors, unknown tags, duplicate keys and missing anchors: with any of them the value means nothing. */
  #syntax(): readonly Mistake[] {
    const found = [...this.#document.errors, ...this.#document.warnings].map((error) =>
      this.#mistake(error.pos[0], error.pos[1], `this is not valid YAML: ${error.message}`),
    )
    visit(this.#document, {
      Map: (_, map) => void found.push(...this.#duplicates(map.items)),
    })
    if (this.#targets.size > ALIASES_MAX) return [...found, this.#tooManyAliases()]
    for (const [alias, target] of this.#targets) {
      const [start, end] = alias.range ?? [0, 0]
      const message = `there is no anchor &${alias.source} above`
      if (!target) found.push(this.#mistake(start, end, message))
    }
    return found
  }

  /**
   * Expands `${…}` in values, never in keys. Where `verbatim` says so, a bare number or word keeps the
   * text it was written with: `1.10` in `env` is not 1.1.
   */
  async expand(lookup: Lookup, verbatim: (keys: Path) => boolean): Promise<readonly Mistake[]> {
    const scalars: { node: Scalar; keys: Path }[] = []
    visit(this.#document, {
      Scalar: (key, node, ancestors) => {
        if (key === 'key' || isSettled(node)) return
        scalars.push({ node, keys: ancestors.filter(isPair).map(keyOf) })
      },
    })
    const mistakes: Mistake[] = []
    for (const { node, keys } of scalars) {
      const asWritten = verbatim(keys)
      if (asWritten && node.source !== undefined && node.value !== null) node.value = node.source
      if (typeof node.value !== 'string' || isSettled(node)) continue
      const { text, whole, problems } = await expand(node.value, lookup)
      if (problems.length > 0) this.#spoiled.add(node)
      for (const problem of problems) {
        mistakes.push(this.#inside(node, problem.expression, problem.message))
      }
      node.value = whole && !asWritten ? typed(text) : text
    }
    return [...mistakes, ...this.#evaluate()]
  }

  /** Whether a map stands there; undefined when nothing does. */
  isMap(path: Path): boolean | undefined {
    const { node, reached } = this.#find(path)
    return reached === path.length ? isMap(node) : undefined
  }

  #evaluate(): readonly Mistake[] {
    try {
      this.value = this.#document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown
      return []
    } catch {
      return [this.#tooManyAliases()]
    }
  }

  #tooManyAliases(): Mistake {
    const message = `aliases multiply its values beyond ${ALIASES_MAX}`
    return { file: this.shown, place: undefined, message }
  }

  has(path: Path): boolean {
    return this.#find(path).reached === path.length
  }

  /** `path:line:column`-like text that names where a key stands, for a mistake elsewhere that refers to it. */
  whereIs(path: Path): string {
    const { key, node } = this.#find(path)
    const { line, col } = this.#lines.linePos((key ?? node)?.range?.[0] ?? 0)
    return `${this.shown}:${line}:${col}`
  }

  /**
   * A mistake about the value at `path`, or about its key; about the nearest enclosing one if it is not
   * there. None where the expansion of that value has failed already.
   */
  mistake(path: Path, message: string, about: 'key' | 'value' = 'value'): readonly Mistake[] {
    const { key, node, reached } = this.#find(path)
    if (node && this.#spoiled.has(node)) return []
    const isMissing = reached < path.length && isMap(node)
    const useKey = key && (about === 'key' || isMissing || isEmpty(node))
    const range = (useKey ? key : node)?.range ?? [0, 0]
    return [this.#mistake(range[0], range[1], message)]
  }

  #find(path: Path): { key: Node | undefined; node: Node | undefined; reached: number } {
    let key: Node | undefined
    let node = this.#resolve(this.#document.contents)
    let reached = 0
    for (const step of path) {
      const pair = isMap(node) ? this.#pair(node.items, String(step)) : undefined
      const next = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined
      if (next === undefined) break
      if (pair) key = pair.key as Node
      node = this.#resolve(next) ?? undefined
      reached += 1
    }
    return { key, node: node ?? undefined, reached }
  }

  /** The pair of that key, through `<<` where the map itself has none. No map is looked through twice. */
  #pair(
    items: readonly Pair[],
    name: string,
    seen: Set<readonly Pair[]> = new Set(),
  ): Pair | undefined {
    if (seen.has(items)) return undefined
    seen.add(items)
    const own = items.find((pair) => keyOf(pair) === name)
    if (own) return own
    for (const merge of items.filter((pair) => keyOf(pair) === '<<')) {
      const value = this.#resolve(merge.value)
      for (const map of isSeq(value) ? value.items.map((item) => this.#resolve(item)) : [value]) {
        const found = isMap(map) ? this.#pair(map.items, name, seen) : undefined
        if (found) return found
      }
    }
    return undefined
  }

  #resolve(node: unknown): Node | undefined {
    return isAlias(node) ? this.#targets.get(node) : ((node ?? undefined) as Node | undefined)
  }

  #duplicates(items: readonly Pair[]): readonly Mistake[] {
    const seen = new Map<string, Pair>()
    return items.flatMap((pair) => {
      const name = keyOf(pair)
      const first = seen.get(name)
      seen.set(name, first ?? pair)
      if (!first || name === '<<') return []
      const { line } = this.#lines.linePos((first.key as Node).range?.[0] ?? 0)
      const range = (pair.key as Node).range ?? [0, 0]
      return [this.#mistake(range[0], range[1], `"${name}" stands here already, in line ${line}`)]
    })
  }

  /** Marks the expression inside the scalar; the whole scalar where escapes hide it. */
  #inside(node: Scalar, expression: string, message: string): Mistake {
    const [start, end] = node.range ?? [0, 0]
    const offset = this.#text.slice(start, end).indexOf(expression)
    if (offset < 0) return this.#mistake(start, end, message)
    return this.#mistake(start + offset, start + offset + expression.length, message)
  }

  #mistake(start: number, end: number, message: string): Mistake {
    return { file: this.shown, place: this.#place(start, end), message }
  }

  #place(start: number, end: number): Place {
    const { line, col } = this.#lines.linePos(Math.min(start, this.#text.length))
    const source = (this.#text.split('\n', line)[line - 1] ?? '').replace(/\r$/, '')
    return {
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      length: Math.max(1, end - start),
      source,
    }
  }
}

/** The key as `toJS` names it. */
function keyOf(pair: Pair): string {
  const key: unknown = pair.key
  return isScalar(key) ? String(key.value) : String(key)
}

/** Text with nothing to expand, which is what its spelling says already. Nearly all values are. */
const isSettled = ({ value }: Scalar): boolean => typeof value === 'string' && !value.includes('$')

/** Nothing is written there, as in `hosts:` alone. */
const isEmpty = (node: Node | undefined): boolean =>
  isScalar(node) && node.value === null && (node.source ?? '') === ''

/**
 * The number or truth value that the text stands for, where that loses nothing: inside `{ }` an
 * expression has to be quoted, and is to mean the same there.
 */
function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return text !== '' && String(Number(text)) === text && Number.isFinite(Number(text))
    ? Number(text)
    : text
}

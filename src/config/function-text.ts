/** A function as its file says it: which kind it is, and its options merged over the defaults. */

import { isAbsolute } from 'node:path'
import { KINDS, type Kind, type OptionName } from './function-options.ts'
import type { Locate } from './check.ts'
import type { Mistake } from './mistake.ts'
import type { Path, Source } from './source.ts'

export type Options = Readonly<Record<string, unknown>>

/** Where a function stands. */
export interface FunctionText {
  readonly name: string
  /** Expanded, not validated. */
  readonly raw: unknown
  readonly source: Source
  readonly path: Path
}

/** The gateway's `defaults`, valid already. */
export interface DefaultsText {
  readonly raw: Options
  readonly source: Source
}

export const isOptions = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `command` beside `image` is the command of the image. */
const isNamed = (raw: Options, kind: Kind): boolean =>
  Object.hasOwn(raw, kind) && !(kind === 'command' && Object.hasOwn(raw, 'image'))

/** The kind; undefined with mistakes when there is none, or more than one. */
export function kindOf(
  raw: Options,
  locate: Locate,
): { kind?: Kind; mistakes: readonly Mistake[] } {
  const kinds = (['image', 'container', 'command', 'upstream'] as const).filter((k) =>
    isNamed(raw, k),
  )
  const [kind, other] = kinds
  if (kind === undefined) {
    const message = 'what runs it is missing: expected image, container, command or upstream'
    return { mistakes: locate([], message, 'key') }
  }
  if (other === undefined) return { kind, mistakes: [] }
  return { mistakes: locate([other], `a function has either ${kind} or ${other}, not both`, 'key') }
}

/** Options that this kind of function does not have. */
export function strangers(raw: Options, kind: Kind, locate: Locate): readonly Mistake[] {
  return Object.keys(raw).flatMap((name) => {
    const kinds = kindsOf(name)
    if (!kinds || kinds.includes(kind)) return []
    return locate([name], `${name} is for functions with ${kinds.join(' or ')}, not ${kind}`, 'key')
  })
}

const kindsOf = (name: string): readonly Kind[] | undefined =>
  Object.hasOwn(KINDS, name) ? KINDS[name as OptionName] : undefined

/** Two instances cannot be at once: there is one container, or one place to listen at. */
export const isAlone = (raw: Options, kind: Kind): boolean =>
  kind === 'container' ||
  (kind === 'command' && (Object.hasOwn(raw, 'port') || isFixed(raw['socket'])))

/** A bare name lies in a directory of the instance's own. */
const isFixed = (socket: unknown): boolean => typeof socket === 'string' && isAbsolute(socket)

/** Stronger than `defaults`, which are written with other kinds in mind. */
function kindDefaults(raw: Options, kind: Kind): Options {
  if (isAlone(raw, kind)) return { instances: { max: 1 }, rollout: 'replace' }
  if (kind !== 'upstream') return {}
  const idle = { pauseAfter: 'never', stopAfter: 'never', removeAfter: 'never' }
  // It is there before the first request, which therefore is a warm one.
  return { concurrency: 'never', instances: { min: 1, max: 1 }, idle }
}

/** The function's own options over its kind's over `defaults`; maps are merged key by key, lists replaced. */
export function effective(raw: Options, kind: Kind, defaults: Options): Options {
  const applicable = Object.entries(defaults).filter(([name]) => kindsOf(name)?.includes(kind))
  return merge(merge(Object.fromEntries(applicable), kindDefaults(raw, kind)), raw)
}

function merge(base: Options, over: Options): Options {
  const merged: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name]
    merged[name] = isOptions(below) && isOptions(value) ? merge(below, value) : value
  }
  return merged
}

/** Finds an option in the function, else in `defaults`, else the function itself. */
export function locator(text: FunctionText, defaults: DefaultsText): Locate {
  return (path, message, about) => {
    const own = [...text.path, ...path]
    const shared = ['defaults', ...path]
    return !text.source.has(own) && path.length > 0 && defaults.source.has(shared)
      ? defaults.source.mistake(shared, message, about)
      : text.source.mistake(own, message, about)
  }
}

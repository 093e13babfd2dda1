/** Holds plain values against a schema and says in the file's own terms what is wrong. */

import { z } from 'zod'
import { nearest } from '../lib/nearest.ts'
import type { Mistake } from './mistake.ts'
import type { Path } from './source.ts'

/** Makes a mistake about the value at a path, or about its key. Empty where it was reported already. */
export type Locate = (path: Path, message: string, about?: 'key' | 'value') => readonly Mistake[]

/** The value as the schema gives it; undefined as soon as there are mistakes. */
export interface Checked<T> {
  readonly value: T | undefined
  readonly mistakes: readonly Mistake[]
}

/** Validates `value`. Messages never hold a value, for it may have come from an expansion. */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  locate: Locate,
): Checked<z.output<S>> {
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data, mistakes: [] }
  return {
    value: undefined,
    mistakes: result.error.issues.flatMap((issue) => explain(schema, issue, locate)),
  }
}

function explain(schema: z.ZodType, issue: z.core.$ZodIssue, locate: Locate): readonly Mistake[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys') {
    const here = sectionAt(schema, path)
    return issue.keys.flatMap((key) => locate([...path, key], unknownKey(key, here), 'key'))
  }
  if (issue.code === 'invalid_key') {
    return locate(path, issue.issues[0]?.message ?? issue.message, 'key')
  }
  return locate(path, issue.message)
}

/** Names the key meant: of this section, or one section deeper; else those that there are. */
function unknownKey(key: string, here: z.ZodObject | undefined): string {
  const known = Object.keys(here?.shape ?? {})
  const meant = nearest(key, known) ?? known.find((name) => inSection(here, name, key))
  const hint = meant && inSection(here, meant, key) && meant !== key ? `${meant}.${key}` : meant
  if (hint) return `there is no option "${key}" here; did you mean ${hint}?`
  return `there is no option "${key}" here; expected one of ${known.join(', ')}`
}

const inSection = (here: z.ZodObject | undefined, name: string, key: string): boolean =>
  Object.hasOwn(sectionAt(here, [name])?.shape ?? {}, key)

/** The group of options at a path of the file. */
function sectionAt(schema: z.ZodType | undefined, path: Path): z.ZodObject | undefined {
  let at: unknown = schema
  for (const step of path) {
    const group = unwrap(at)
    if (group instanceof z.ZodArray) at = group.element
    else at = group instanceof z.ZodObject ? group.shape[String(step)] : undefined
  }
  const group = unwrap(at)
  return group instanceof z.ZodObject ? group : undefined
}

function unwrap(schema: unknown): unknown {
  let inner = schema
  while (
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodOptional
  ) {
    inner = inner.unwrap()
  }
  return inner
}

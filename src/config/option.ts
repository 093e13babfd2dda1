/** The kinds of value an option can have. Each carries what the editor, the reference and a mistake say about it. */

import { z } from 'zod'
import { formatDuration, parseDuration } from '../lib/duration.ts'
import { formatSize, parseSize } from '../lib/size.ts'

/** Bounds as the file writes them; both are allowed values themselves. */
interface Bounds {
  readonly about: string
  readonly min: string
  readonly max: string
  readonly never?: string
}

interface CountBounds {
  readonly about: string
  readonly min: number
  readonly max: number
  readonly unit: string
}

/** A length of time, in ms. With `never` (what it means) that word is allowed as well, and is `Infinity`. */
export function duration({ about, min, max, never }: Bounds) {
  const [from, to] = [parseDuration(min) ?? 0, parseDuration(max) ?? Infinity]
  const word = never === undefined ? '' : ', or never'
  const expected = `expected a duration from ${formatDuration(from)} to ${formatDuration(to)}${word} (units ms, s, m, h, d, as in 1h30m)`
  const allowed = (ms: number | undefined): ms is number =>
    ms !== undefined && ((ms >= from && ms <= to) || (never !== undefined && ms === Infinity))
  return z
    .string(expected)
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (allowed(ms)) return ms
      // The value is left out of the issue: it may have come from an expansion.
      context.issues.push({ code: 'custom', message: expected, input: undefined })
      return z.NEVER
    })
    .meta({
      description: never === undefined ? about : `${about} \`never\`: ${never}.`,
      'x-unit': never === undefined ? 'duration' : 'duration or `never`',
      'x-minimum': min,
      'x-maximum': max,
    })
}

/** An amount of memory, in bytes. */
export function size({ about, min, max }: Omit<Bounds, 'never'>) {
  const [from, to] = [parseSize(min) ?? 0, parseSize(max) ?? Infinity]
  const expected = `expected a size from ${formatSize(from)} to ${formatSize(to)} (units B, KiB, MiB, GiB, TiB, as in 512MiB)`
  return z
    .string(expected)
    .transform((text, context) => {
      const bytes = parseSize(text)
      if (bytes !== undefined && bytes >= from && bytes <= to) return bytes
      context.issues.push({ code: 'custom', message: expected, input: undefined })
      return z.NEVER
    })
    .meta({ description: about, 'x-unit': 'size', 'x-minimum': min, 'x-maximum': max })
}

/** A whole number. */
export function count({ about, min, max, unit }: CountBounds) {
  const expected = `expected a whole number from ${min} to ${max}`
  return z
    .int(expected)
    .min(min, expected)
    .max(max, expected)
    .meta({ description: about, 'x-unit': unit })
}

/** A whole number or `never`, which is `Infinity`: unlimited is a word, not 0. */
export function limit({ about, min, max, unit }: CountBounds) {
  const expected = `expected a whole number from ${min} to ${max}, or never`
  const unlimited = z.literal('never', expected).transform(() => Infinity)
  return z
    .union([z.int(expected).min(min, expected).max(max, expected), unlimited], expected)
    .meta({
      description: about,
      'x-unit': `${unit} or \`never\``,
      'x-minimum': min,
      'x-maximum': max,
    })
}

/** A part of a whole. */
export function share(about: string) {
  const expected = 'expected a number from 0 to 1'
  return z
    .number(expected)
    .min(0, expected)
    .max(1, expected)
    .meta({ description: about, 'x-unit': 'a share' })
}

/** True or false. */
export function flag(about: string) {
  return z.boolean('expected true or false').meta({ description: about, 'x-unit': 'true, false' })
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  about: string,
) {
  return z
    .enum(words, `expected one of ${words.join(', ')}`)
    .meta({ description: about, 'x-unit': words.map((word) => `\`${word}\``).join(', ') })
}

/** One or several of a few words. */
export function choices<const Words extends readonly [string, ...string[]]>(
  words: Words,
  about: string,
) {
  const expected = `expected one of ${words.join(', ')}, or a list of them`
  const one = z.enum(words, expected)
  return z
    .union([one.transform((word) => [word]), z.array(one, expected).min(1, expected)], expected)
    .meta({ description: about, 'x-unit': 'a word or a list' })
}

/** What a text says: `kind` in a few words, `valid` in code. */
interface Words {
  readonly about: string
  readonly kind: string
  readonly valid?: (text: string) => boolean
}

/** Text as people write it: a bare number or truth value is taken for its text. */
export function text({ about, kind, valid }: Words) {
  return words(`expected ${kind}`, valid).meta({ description: about, 'x-unit': kind })
}

/** One text or a list of them. */
export function texts({ about, kind, valid }: Words) {
  const expected = `expected ${kind}, or a list such as [one, two]`
  const one = words(expected, valid).transform((text) => [text])
  return z
    .union([one, z.array(words(`expected ${kind}`, valid), expected)], expected)
    .meta({ description: about, 'x-unit': `${kind}, or a list` })
}

/** A list of texts, nothing else. */
export function list({ about, kind, valid }: Words) {
  const expected = 'expected a list such as [one, two]'
  return z
    .array(words(`expected ${kind}`, valid), expected)
    .meta({ description: about, 'x-unit': 'list' })
}

/** Names with a text each. */
export function pairs(about: string) {
  const name = z.string().regex(/^[^=\0]+$/, 'expected a name without "="')
  const value = 'expected text, a number, true or false; write "" for an empty value'
  return z
    .record(
      name,
      words(value, () => true),
      'expected a map of names and values',
    )
    .meta({ description: about, 'x-unit': 'map' })
}

/** A group of options that has to be there, or is made optional by its user. */
export function section<Shape extends z.ZodRawShape>(about: string, shape: Shape) {
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === 'invalid_type' ? 'expected a map of options' : undefined),
    })
    .meta({ description: about })
}

/** A list of groups of options. */
export function sections<Shape extends z.ZodRawShape>(about: string, shape: Shape) {
  return z
    .array(section('One of them.', shape), 'expected a list, each entry with its options')
    .meta({ description: about, 'x-unit': 'list' })
}

/**
 * A group of options that may be left out: then it is as if it were there and empty. What it comes to
 * then is found once, for most functions leave most groups out.
 */
export function group<Shape extends z.ZodRawShape>(about: string, shape: Shape) {
  const inner = section(about, shape)
  const empty = inner.parse({})
  return inner.default(() => empty as never)
}

const isWritten = (text: string): boolean => text !== ''

const words = (expected: string, valid: (text: string) => boolean = isWritten) =>
  z.union([z.string(), z.number(), z.boolean()], expected).transform(String).refine(valid, expected)

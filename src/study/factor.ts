/** A factor of a study and its levels: what is varied, each level a change to the function or a way of asking. */

import { z } from 'zod'
import { check, type Locate } from '../config/check.ts'
import { FunctionOptions } from '../config/function-options.ts'
import { isOptions, type Options } from '../config/function-text.ts'
import type { Mistake } from '../config/mistake.ts'
import { choice, count } from '../config/option.ts'
import { nearest } from '../lib/nearest.ts'

/** How the function is asleep when the request comes. `running` is not asleep at all. */
export type Tier = 'new' | 'stopped' | 'paused' | 'running'
export type PageCache = 'warm' | 'dropped'

export interface Level {
  /** As in tables: `docker`, `8`. */
  readonly label: string
  /** Merged over the function; null takes an option away. */
  readonly patch: Options
  /** Programs without which it is left out. */
  readonly needs: readonly string[]
  readonly tier?: Tier
  /** Requests at once. */
  readonly burst?: number
  readonly pageCache?: PageCache
}

export interface Factor {
  readonly name: string
  /** The first is what the others are compared with. */
  readonly levels: readonly Level[]
}

export interface FactorsRead {
  readonly factors: readonly Factor[]
  readonly mistakes: readonly Mistake[]
}

const BURST_MAX = 10_000
const LEVELS_MAX = 50

/** Factors that are not options of a function. */
const BUILT_IN = {
  tier: choice(['new', 'stopped', 'paused', 'running'], ''),
  burst: count({ about: '', min: 1, max: BURST_MAX, unit: 'requests' }),
  pageCache: choice(['warm', 'dropped'], ''),
} as const

const isBuiltIn = (name: string): name is keyof typeof BUILT_IN => Object.hasOwn(BUILT_IN, name)

/** When it sleeps is what the tiers are about; where it answers is the study's own business. */
const RESERVED: Readonly<Record<string, string>> = {
  idle: 'the tier decides when the function sleeps',
  hosts: 'the study gives the function a host of its own',
}

/** All factors of a plan, or what is wrong with them. */
export function readFactors(raw: unknown, locate: Locate): FactorsRead {
  if (raw === undefined) return { factors: [], mistakes: [] }
  if (!isOptions(raw)) {
    const message = 'expected a map of factors, as in tier: [new, paused]'
    return { factors: [], mistakes: locate(['factors'], message) }
  }
  const read = Object.entries(raw).map(([name, levels]) => readFactor(name, levels, locate))
  return {
    factors: read.flatMap(({ factors }) => factors),
    mistakes: read.flatMap(({ mistakes }) => mistakes),
  }
}

function readFactor(name: string, raw: unknown, locate: Locate): FactorsRead {
  const failed = (message: string): FactorsRead => ({
    factors: [],
    mistakes: locate(['factors', name], message, 'key'),
  })
  const reserved = RESERVED[name]
  if (reserved !== undefined) return failed(`${name} cannot be a factor: ${reserved}`)
  const size = Array.isArray(raw) ? raw.length : isOptions(raw) ? Object.keys(raw).length : 0
  if (size === 0 || size > LEVELS_MAX) return failed(`expected from 1 to ${LEVELS_MAX} levels`)
  if (isOptions(raw)) return isBuiltIn(name) ? failed(listed(name)) : mapped(name, raw, locate)
  const levels = raw as readonly unknown[]
  if (isBuiltIn(name)) return builtIn(name, levels, locate)
  return Object.hasOwn(FunctionOptions.shape, name)
    ? valued(name, levels, locate)
    : failed(unknownFactor(name))
}

const listed = (name: string): string => `expected a list, as in ${name}: [${EXAMPLES[name]}]`

const EXAMPLES: Readonly<Record<string, string>> = {
  tier: 'new, stopped, paused, running',
  burst: '1, 10',
  pageCache: 'warm, dropped',
}

function unknownFactor(name: string): string {
  const meant = nearest(name, [...Object.keys(BUILT_IN), ...Object.keys(FunctionOptions.shape)])
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return `"${name}" is no option of a function, and neither tier, burst nor pageCache: its levels have to be a map, each with the options that it changes.${hint}`
}

function builtIn(
  name: keyof typeof BUILT_IN,
  values: readonly unknown[],
  locate: Locate,
): FactorsRead {
  const under: Locate = (path, message, about) => locate(['factors', name, ...path], message, about)
  const { mistakes } = check(z.array(BUILT_IN[name]), values, under)
  const levels = values.map((value) => ({
    label: String(value),
    patch: {},
    needs: [],
    [name]: value,
  }))
  return { factors: [{ name, levels }], mistakes: [...mistakes, ...doubles(name, levels, locate)] }
}

/** The name of an option with its values. */
function valued(name: string, values: readonly unknown[], locate: Locate): FactorsRead {
  const levels = values.map((value) => ({
    label: typeof value === 'string' ? value : JSON.stringify(value),
    patch: { [name]: value },
    needs: [],
  }))
  const mistakes = values.flatMap((value, i) => {
    // The path of the option is `[name, …]` to the schema, and an item of the list to the reader.
    const under: Locate = ([, ...path], message, about) =>
      locate(['factors', name, i, ...path], message, about)
    return value === null ? [] : check(FunctionOptions, { [name]: value }, under).mistakes
  })
  return { factors: [{ name, levels }], mistakes: [...mistakes, ...doubles(name, levels, locate)] }
}

/** Levels by name, each with options of the function. */
function mapped(name: string, raw: Options, locate: Locate): FactorsRead {
  const mistakes: Mistake[] = []
  const levels = Object.entries(raw).map(([label, value]): Level => {
    const under: Locate = (path, message, about) =>
      locate(['factors', name, label, ...path], message, about)
    if (value !== null && !isOptions(value)) {
      mistakes.push(...under([], 'expected the options of the function at this level'))
      return { label, patch: {}, needs: [] }
    }
    const { needs, ...patch } = value ?? {}
    mistakes.push(...checkPatch(patch, under), ...checkNeeds(needs, under))
    return { label, patch, needs: Array.isArray(needs) ? needs.map(String) : [] }
  })
  return { factors: [{ name, levels }], mistakes }
}

/** Each option by itself; how they go together is found when they are. */
export function checkPatch(patch: Options, locate: Locate): readonly Mistake[] {
  const given = withoutNulls(patch)
  const reserved = Object.keys(given).flatMap((name) => {
    const why = RESERVED[name]
    return why === undefined ? [] : locate([name], why, 'key')
  })
  return [...reserved, ...check(FunctionOptions, given, locate).mistakes]
}

/** null takes an option away, also within a group. */
const withoutNulls = (patch: Options): Options =>
  Object.fromEntries(
    Object.entries(patch).flatMap(([name, value]) =>
      value === null ? [] : [[name, isOptions(value) ? withoutNulls(value) : value]],
    ),
  )

function checkNeeds(needs: unknown, locate: Locate): readonly Mistake[] {
  const isList = Array.isArray(needs) && needs.every((name) => typeof name === 'string')
  if (needs === undefined || isList) return []
  return locate(['needs'], 'expected a list of programs, such as [python3]')
}

function doubles(name: string, levels: readonly Level[], locate: Locate): readonly Mistake[] {
  const labels = levels.map(({ label }) => label)
  const at = labels.findIndex((label, i) => labels.indexOf(label) < i)
  return at < 0 ? [] : locate(['factors', name, at], 'this level stands here twice')
}

/** From a plan's file to a `Plan` with all its combinations, or to all mistakes at once, each with its line. */

import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { check, type Locate } from '../config/check.ts'
import { ConfigFiles, type Env } from '../config/files.ts'
import { VERBATIM } from '../config/function-options.ts'
import { isOptions, type Options } from '../config/function-text.ts'
import { buildFunction } from '../config/function.ts'
import { readText } from '../config/read-text.ts'
import type { Path, Source } from '../config/source.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { type Combination, combinations, patched } from './combination.ts'
import { checkPatch, type Factor, readFactors } from './factor.ts'
import { PlanOptions } from './plan-options.ts'

export interface PlanRequest {
  /** As the operator named it. */
  readonly file: string
  readonly env: Env
  /** Where the plan's programs are made; `${MADE}` in the plan. Absolute. */
  readonly made: string
  /** The Node that runs this; `${NODE}` in the plan. */
  readonly node: string
}

/** A combination with the function that it asks. */
export interface Cell extends Combination {
  readonly options: Options
  readonly fn: FunctionSpec
}

export interface Plan extends Omit<PlanOptions, 'function' | 'factors'> {
  /** Of the file, without `.yaml`. */
  readonly name: string
  /** Directory of the file; relative paths count from it. */
  readonly dir: string
  readonly text: string
  /** Of the text: another plan has another one. */
  readonly digest: string
  readonly factors: readonly Factor[]
  readonly cells: readonly Cell[]
}

const PLAN_BYTES_MAX = 1024 * 1024
/** More combinations than this are a slip. */
const CELLS_MAX = 1_000

const isVerbatim = (key: string | number | undefined): boolean => VERBATIM.has(String(key))

/** `function.env`, `factors.lang.node.command`, `factors.image`, `programs.stamp`. */
const verbatim = (keys: Path): boolean =>
  (keys[0] === 'function' && isVerbatim(keys[1])) ||
  (keys[0] === 'factors' && (isVerbatim(keys[3]) || (keys.length === 2 && isVerbatim(keys[1])))) ||
  keys[0] === 'programs'

/** Throws `ConfigError` with every mistake; makes and starts nothing. */
export async function loadPlan({ file, env, made, node }: PlanRequest): Promise<Plan> {
  const files = new ConfigFiles(file, { ...env, MADE: made, NODE: node })
  const source = await files.source(resolve(file), () => verbatim)
  if (!source) throw files.error()
  const locate: Locate = (path, message, about) => source.mistake(path, message, about)
  const raw = source.value ?? {}
  const { value: options, mistakes } = check(PlanOptions, raw, locate)
  const base = isOptions(raw) ? raw['function'] : undefined
  const under: Locate = (path, message, about) => locate(['function', ...path], message, about)
  if (base !== undefined && !isOptions(base))
    files.mistakes.push(...under([], 'expected the options of a function'))
  const own = isOptions(base) ? base : {}
  const { factors, mistakes: ofFactors } = readFactors(
    isOptions(raw) ? raw['factors'] : undefined,
    locate,
  )
  files.mistakes.push(...mistakes, ...checkPatch(own, under), ...ofFactors)
  if (!options || files.mistakes.length > 0) throw files.error()
  const text = await readText(source.file, PLAN_BYTES_MAX)
  const cells = cellsOf({ factors, own, source, files })
  if (files.mistakes.length > 0) throw files.error()
  return {
    ...options,
    name: source.file.replace(/^.*[/\\]/, '').replace(/\.ya?ml$/, ''),
    dir: dirname(source.file),
    text,
    digest: createHash('sha256').update(text).digest('hex').slice(0, 16),
    factors,
    cells,
  }
}

interface CellParts {
  readonly factors: readonly Factor[]
  readonly own: Options
  readonly source: Source
  readonly files: ConfigFiles
}

/** What several combinations have wrong together is told once. */
function cellsOf({ factors, own, source, files }: CellParts): readonly Cell[] {
  const size = factors.reduce((product, { levels }) => product * levels.length, 1)
  if (size > CELLS_MAX) {
    const message = `these are ${size} combinations, and at most ${CELLS_MAX} are measured`
    files.mistakes.push(...source.mistake(['factors'], message, 'key'))
    return []
  }
  const context = {
    defaults: { raw: {}, source },
    defaultName: undefined,
    runtime: 'auto',
    engineHost: undefined,
    stateDir: '/nonexistent',
  } as const
  return combinations(factors).flatMap((combination) => {
    const options = patched(own, combination.patches)
    const raw = { hosts: ['study.localhost'], ...options }
    const path = placeOf(combination, factors)
    const built = buildFunction({ name: 'study', raw, source, path }, context)
    files.mistakes.push(...built.mistakes)
    return built.fn ? [{ ...combination, options, fn: built.fn }] : []
  })
}

/** The level that says most of the function; the function itself where no level does. */
function placeOf({ levels }: Combination, factors: readonly Factor[]): Path {
  const telling = factors.find(({ name, levels: all }) => {
    const level = all.find(({ label }) => label === levels[name])
    return level !== undefined && Object.keys(level.patch).length > 1
  })
  return telling ? ['factors', telling.name, levels[telling.name] ?? ''] : ['function']
}

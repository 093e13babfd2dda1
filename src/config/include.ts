/** Where functions stand: in the gateway's own file, and in the files of included directories. */

import { basename, dirname, parse, resolve } from 'node:path'
import type { Locate } from './check.ts'
import type { ConfigFiles, Verbatim } from './files.ts'
import { VERBATIM } from './function-options.ts'
import { isOptions, type FunctionText } from './function-text.ts'
import { ReadError } from './read-text.ts'
import type { Path, Source } from './source.ts'

/** A file with one of these that is no map says one function; else it maps names to functions. */
const TELLTALES = ['hosts', 'image', 'container', 'command', 'upstream']

const isSingle = (source: Source): boolean => TELLTALES.some((key) => source.isMap([key]) === false)

const isVerbatim = (key: string | number | undefined): boolean => VERBATIM.has(String(key))

/** For the gateway's own file. */
export const verbatimInGateway: Verbatim = () => (keys) =>
  (keys[0] === 'functions' && isVerbatim(keys[2])) ||
  (keys[0] === 'defaults' && isVerbatim(keys[1]))

const verbatimInIncluded: Verbatim = (source) => {
  const depth = isSingle(source) ? 0 : 1
  return (keys) => isVerbatim(keys[depth])
}

/** The functions of the gateway's own file. */
export function ownFunctions(source: Source, files: ConfigFiles): readonly FunctionText[] {
  const path = ['functions']
  if (source.isMap(path) !== undefined) return mapOf(source, path, files)
  if (!source.has(['include'])) {
    files.mistakes.push(
      ...source.mistake([], 'there are no functions: expected "functions:" or "include:"', 'key'),
    )
  }
  return []
}

/** Reads the included directories; relative ones count from the gateway's file. */
export async function includedFunctions(
  directories: readonly string[],
  from: { readonly source: Source; readonly locate: Locate },
  files: ConfigFiles,
): Promise<readonly FunctionText[]> {
  const texts: FunctionText[] = []
  for (const [i, directory] of directories.entries()) {
    const paths = await files.list(resolve(dirname(from.source.file), directory)).catch((error) => {
      if (!(error instanceof ReadError)) throw error
      files.mistakes.push(...from.locate(['include', i], error.message))
      return []
    })
    for (const path of paths) texts.push(...(await readFunctions(path, files)))
  }
  return texts
}

async function readFunctions(file: string, files: ConfigFiles): Promise<readonly FunctionText[]> {
  const source = await files.source(file, verbatimInIncluded)
  // A file with nothing but comments is one that somebody has switched off.
  if (!source || source.value === null) return []
  if (isSingle(source))
    return [{ name: parse(basename(file)).name, raw: source.value, source, path: [] }]
  return mapOf(source, [], files)
}

function mapOf(source: Source, path: Path, files: ConfigFiles): readonly FunctionText[] {
  const value = path.reduce<unknown>(
    (at, key) => (isOptions(at) ? at[key] : undefined),
    source.value,
  )
  if (!isOptions(value)) {
    files.mistakes.push(...source.mistake(path, 'expected a map of functions by name'))
    return []
  }
  return Object.entries(value).map(([name, raw]) => ({ name, raw, source, path: [...path, name] }))
}

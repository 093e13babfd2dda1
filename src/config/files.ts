/** All files that one load reads: each is remembered for watching, bounded in size and read once. */

import { readdir } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { ExpansionError, type Lookup } from './expansion.ts'
import { ConfigError, orderMistakes, type Mistake } from './mistake.ts'
import { ReadError, readText, reasonOf } from './read-text.ts'
import { Source, type Path } from './source.ts'

/** Of one YAML file, in bytes. */
const CONFIG_BYTES_MAX = 4 * 1024 * 1024
/** Of one `${file:…}`, in bytes: it may become an environment variable. */
const SECRET_BYTES_MAX = 64 * 1024
/** Function files of all included directories together. */
const INCLUDED_MAX = 10_000

export type Env = Readonly<Record<string, string | undefined>>

/** In which places the spelling of a file counts: see `Source.expand`. */
export type Verbatim = (source: Source) => (keys: Path) => boolean

export class ConfigFiles {
  /** Absolute, in the order of reading; included directories as well. */
  readonly read = new Set<string>()
  readonly mistakes: Mistake[] = []
  /** Names of the files for mistakes, in the order of reading. */
  readonly #named: string[] = []
  readonly #main: string
  readonly #env: Env

  /** `main` as the operator named it: other files are named the same way in mistakes. */
  constructor(main: string, env: Env) {
    this.#main = main
    this.#env = env
  }

  /** Reads, parses and expands a file. Undefined: it is of no use, and the mistakes say why. */
  async source(file: string, verbatim: Verbatim): Promise<Source | undefined> {
    this.read.add(file)
    const shown = this.#shown(file)
    this.#named.push(shown)
    let text: string
    try {
      text = await readText(file, CONFIG_BYTES_MAX)
    } catch (error) {
      if (!(error instanceof ReadError)) throw error
      this.mistakes.push({ file: shown, place: undefined, message: error.message })
      return undefined
    }
    const { source, mistakes } = Source.parse({ file, shown, text })
    this.mistakes.push(...mistakes)
    if (!source) return undefined
    this.mistakes.push(...(await source.expand(this.#lookup(file), verbatim(source))))
    return source
  }

  /** The function files of a directory by name; hidden ones are left out. Throws `ReadError`. */
  async list(directory: string): Promise<readonly string[]> {
    this.read.add(directory)
    let names: string[]
    try {
      names = await readdir(directory)
    } catch (error) {
      const reason = reasonOf(error)
      throw new ReadError(reason.replace('such file', 'such directory'), { cause: error })
    }
    const found = names.filter(isFunctionFile).sort()
    if (found.length > INCLUDED_MAX) throw new ReadError(`it holds more than ${INCLUDED_MAX} files`)
    return found.map((name) => join(directory, name))
  }

  /** All mistakes so far. */
  error(): ConfigError {
    return new ConfigError(orderMistakes(this.mistakes, this.#named))
  }

  #lookup(from: string): Lookup {
    return {
      env: (name) => this.#env[name],
      file: async (path) => {
        const file = resolve(dirname(from), path)
        this.read.add(file)
        try {
          const text = await readText(file, SECRET_BYTES_MAX)
          return text.replace(/\r?\n$/, '')
        } catch (error) {
          if (!(error instanceof ReadError)) throw error
          throw new ExpansionError(`the file has no value to give: ${error.message}`)
        }
      },
    }
  }

  #shown(file: string): string {
    const main = resolve(this.#main)
    return file === main ? this.#main : join(dirname(this.#main), relative(dirname(main), file))
  }
}

/** Whether a file of an included directory is read: `*.yaml` and `*.yml`, not hidden. */
export const isFunctionFile = (name: string): boolean => /^[^.].*\.ya?ml$/.test(name)

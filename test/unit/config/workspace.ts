/** A directory with configuration files, for one test: load it, or read its mistakes as people see them. */

import { join } from 'node:path'
import type { Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import type { Env } from '../../../src/config/files.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/mistake.ts'

/** Text of `gateway.yaml`, or texts by path. */
export type Files = string | Tree
type Tree = Readonly<Record<string, string | Readonly<Record<string, string>>>>

export interface Workspace {
  readonly directory: string
  load(env?: Env): Promise<Config>
  /** The mistakes as text, with the directory's own path cut out. */
  mistakes(env?: Env): Promise<string>
}

export function workspace(t: Test, files: Files): Workspace {
  const tree: Tree = typeof files === 'string' ? { 'gateway.yaml': files } : files
  const directory = t.testdir(structuredClone(tree))
  const load = (env: Env = {}) =>
    loadConfig({
      file: join(directory, 'gateway.yaml'),
      env,
      homedir: '/home/me',
      isRoot: false,
      cores: 4,
    })
  return {
    directory,
    load,
    mistakes: async (env) => {
      try {
        await load(env)
      } catch (error) {
        if (error instanceof ConfigError) return error.message.replaceAll(`${directory}/`, '')
        throw error
      }
      return ''
    },
  }
}

/** The text of a template without its indentation; `$\\{` stands for `${`. */
export function yaml(strings: TemplateStringsArray): string {
  const text = strings.join('').replace(/^\n/, '')
  const indent = /^ */.exec(text)?.[0] ?? ''
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replace(/ *$/, '')
}

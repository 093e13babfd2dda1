/** Loads the configuration with what the shell knows. */

import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/config.ts'
import type { Shell } from './shell.ts'

/** Throws `ConfigError` with every mistake. */
export function loadFile(file: string, shell: Shell): Promise<Config> {
  const { env, homedir, isRoot, cores } = shell
  return loadConfig({ file, env, homedir, isRoot, cores })
}

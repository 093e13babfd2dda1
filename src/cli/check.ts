/** `coldfront check`: the configuration is right, or all its mistakes. */

import { EXIT } from './exit-code.ts'
import { loadFile } from './load-file.ts'
import type { Call } from './command.ts'

/** A mistake is thrown as `ConfigError`. */
export async function check({ operand: file, shell }: Call): Promise<number> {
  const { functions } = await loadFile(file, shell)
  const count = functions.length === 1 ? '1 function' : `${functions.length} functions`
  shell.out(`${file}: ${count}, no mistakes\n`)
  return EXIT.ok
}

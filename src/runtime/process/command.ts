/** Whether a command is there at all, told before anything is started and by name. */

import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { RuntimeError } from '../runtime.ts'

const EXECUTABLE = 0o111

/**
 * Throws `command_missing` when `command` is not a file that can be executed, looked for as `exec` does:
 * along `path`, or from `workdir` when it holds a slash. A handful of stat calls, 5 µs each.
 */
export function assertCommand(command: string, workdir: string, path: string): void {
  if (!statSync(workdir, { throwIfNoEntry: false })?.isDirectory())
    throw new RuntimeError(
      'command_missing',
      `the working directory ${workdir} does not exist: make it, or correct workdir:`,
    )
  const places = command.includes('/') ? [''] : path.split(':').map((dir) => dir || '.')
  const files = places.map((dir) => join(isAbsolute(dir) ? '' : workdir, dir, command))
  const found = (isAbsolute(command) ? [command] : files)
    .map(fileMode)
    .filter((m) => m !== undefined)
  if (found.some((mode) => (mode & EXECUTABLE) !== 0)) return
  throw new RuntimeError(
    'command_missing',
    found.length > 0
      ? `${command} is not executable: make it so (chmod +x), or correct command:`
      : `the command ${command} does not exist (looked in ${command.includes('/') ? workdir : path}): install it, or correct command:`,
  )
}

/** Undefined when it is no file, or cannot be seen. */
function fileMode(file: string): number | undefined {
  try {
    const stat = statSync(file)
    return stat.isFile() ? stat.mode : undefined
  } catch {
    return undefined
  }
}

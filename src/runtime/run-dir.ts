/** Where the unix sockets of instances are: a directory that stays the same over restarts and that nobody else made. */

import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/**
 * Makes the directory (0711). Not in the state directory: functions with a user of their own must get through.
 * Throws when somebody else put something in its place, which in a shared temporary directory is an attack.
 */
export function makeRunDir(
  stateDir: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const uid = process.getuid?.() ?? 0
  const parent = env['RUNTIME_DIRECTORY'] ?? env['XDG_RUNTIME_DIR'] ?? tmpdir()
  const own = join(parent, `coldfront-${uid}`)
  const dir = join(own, basename(stateDir))
  for (const path of [own, dir]) {
    mkdirSync(path, { recursive: true })
    const found = lstatSync(path)
    if (!found.isDirectory() || (process.getuid && found.uid !== uid))
      throw new Error(`${path} belongs to somebody else; remove it, or set XDG_RUNTIME_DIR`)
    chmodSync(path, 0o711)
  }
  return dir
}

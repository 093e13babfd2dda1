/** Where the unix sockets of instances are. */

import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** Makes a directory for the sockets of instances. Not in the state directory: functions with a user of their own must get there. */
export function makeRunDir(
  stateDir: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const parent = env['RUNTIME_DIRECTORY'] ?? env['XDG_RUNTIME_DIR'] ?? tmpdir()
  const dir = join(parent, 'coldfront', basename(stateDir))
  mkdirSync(dir, { recursive: true, mode: 0o711 })
  return dir
}

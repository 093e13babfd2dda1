/** The directory for keys, owner id and admin socket: one for each configuration file, so that two files are two owners. */

import { createHash } from 'node:crypto'
import { basename, isAbsolute, join } from 'node:path'

export interface StateDirRequest {
  /** The configuration file with all links followed. */
  readonly realFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
  readonly isRoot: boolean
}

/** Absolute. Nothing is created. */
export function defaultStateDir({ realFile, env, homedir, isRoot }: StateDirRequest): string {
  const hash = createHash('sha256').update(realFile).digest('hex').slice(0, 6)
  return join(base({ env, homedir, isRoot }), `${basename(realFile)}-${hash}`)
}

function base({ env, homedir, isRoot }: Omit<StateDirRequest, 'realFile'>): string {
  // systemd's StateDirectory= may name several, separated by colons.
  const [given = ''] = (env['STATE_DIRECTORY'] ?? '').split(':')
  if (isAbsolute(given)) return given
  if (isRoot) return '/var/lib/coldfront'
  // The XDG base directory specification says that a relative path is to be ignored.
  const xdg = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(xdg) ? xdg : join(homedir, '.local/state'), 'coldfront')
}

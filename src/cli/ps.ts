/** `coldfront ps`: what is cold and what is warm in a running gateway. */

import { readFile } from 'node:fs/promises'
import { socketOf } from '../admin/state-dir.ts'
import { AdminClientError, fetchStatus } from './admin-client.ts'
import { UsageError } from './command.ts'
import { EXIT } from './exit-code.ts'
import { CONFIG_FILE } from './config-file.ts'
import { loadFile } from './load-file.ts'
import { statusTable } from './status-table.ts'
import type { AdminAddress } from './admin-client.ts'
import type { Call } from './command.ts'

/** Throws `UsageError`, `ConfigError` or `AdminClientError`. */
export async function ps(call: Call): Promise<number> {
  const { shell, switches } = call
  const status = await fetchStatus(await addressOf(call))
  if (switches.has('json')) shell.out(`${JSON.stringify(status, undefined, 2)}\n`)
  else shell.out(`${statusTable(status, shell.clock.wall())}\n`)
  return EXIT.ok
}

async function addressOf({ shell, values }: Call): Promise<AdminAddress> {
  const admin = values.get('admin')
  if (admin === undefined) {
    const { stateDir } = await loadFile(values.get('config') ?? CONFIG_FILE, shell)
    return { k: 'unix', path: socketOf(stateDir) }
  }
  if (admin.startsWith('unix:')) return { k: 'unix', path: admin.slice('unix:'.length) }
  const url = URL.parse(admin)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(`--admin needs http://HOST:PORT or unix:/PATH, not "${admin}"`)
  }
  return { k: 'url', url: url.origin, token: await tokenFrom(values.get('token-file')) }
}

async function tokenFrom(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new AdminClientError(`the token cannot be read: ${message}`, { cause })
  }
}

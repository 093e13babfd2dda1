/** Where the gateway is that a command asks: found through its configuration, or said. */

import { readFile } from 'node:fs/promises'
import { socketOf } from '../admin/state-dir.ts'
import { AdminClient, AdminClientError, type AdminAddress } from './admin-client.ts'
import { type Call, UsageError } from './command.ts'
import { CONFIG_FILE } from './config-file.ts'
import { loadFile } from './load-file.ts'

/** Asks the gateway that the options name, and lets go of it. Throws as `addressOf` and the client do. */
export async function asking<T>(call: Call, work: (client: AdminClient) => Promise<T>): Promise<T> {
  const client = new AdminClient(await addressOf(call))
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

/** Throws `UsageError`, `ConfigError` or `AdminClientError`. */
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

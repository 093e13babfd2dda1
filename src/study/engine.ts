/** The Docker engine of this machine, found as the gateway finds it. Only engines behind a unix socket: calls are stamped there. */

import { engineAddresses } from '../runtime/docker/discovery.ts'
import { JsonClient } from './json-client.ts'

export interface Engine {
  readonly socketPath: string
  /** `Docker 20.10.24, overlay2, cgroup v1`. */
  readonly about: string
}

export interface EngineParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
}

/** The engine, or why there is none. */
export async function findEngine({
  env,
  homedir,
}: EngineParts): Promise<Engine | { readonly missing: string }> {
  const reasons: string[] = []
  for (const address of await engineAddresses({ host: undefined, env, home: homedir })) {
    if (address.k !== 'socket') {
      reasons.push('a study reaches an engine through its unix socket only')
      continue
    }
    const client = new JsonClient(address.path)
    try {
      return { socketPath: address.path, about: await aboutOf(client) }
    } catch {
      reasons.push(`none answers at ${address.path}`)
    } finally {
      await client.close()
    }
  }
  return { missing: `no Docker engine: ${reasons[0] ?? 'none was found'}` }
}

async function aboutOf(client: JsonClient): Promise<string> {
  const info = (await client.ask({ method: 'GET', path: '/info' })) as {
    readonly ServerVersion?: string
    readonly Driver?: string
    readonly CgroupVersion?: string
  }
  const { ServerVersion = '?', Driver = '?', CgroupVersion = '?' } = info
  return `Docker ${ServerVersion}, ${Driver}, cgroup v${CgroupVersion}`
}

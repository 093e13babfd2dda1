/** Starts the proxies that are wanted and installed, in front of one upstream, and checks that each does the same work. */

import type { Cleanup } from '../../harness/cleanup.ts'
import type { Settings } from '../../harness/command-line.ts'
import { profiling } from '../../harness/gateway.ts'
import type { UpstreamPlace } from '../../rivals/rival.ts'
import { RIVALS } from '../../rivals/rivals.ts'
import { PROXY_CPU, type Way } from './part.ts'

export interface Started {
  /** The direct one first. */
  readonly ways: readonly Way[]
  readonly configurations: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly missing: readonly string[]
}

export interface Wanted {
  readonly upstream: UpstreamPlace
  readonly settings: Settings
  readonly cleanup: Cleanup
  readonly own: (name: string) => string
}

/** Rejects when one that is installed does not come up. `names` undefined: all. */
export async function startWays(
  names: readonly string[] | undefined,
  { upstream, settings, cleanup, own }: Wanted,
): Promise<Started> {
  const ways: Way[] = [{ name: 'direct', port: upstream.port, pids: () => [] }]
  const configurations: Record<string, string> = {}
  const versions: Record<string, string> = {}
  const missing: string[] = []
  for (const rival of RIVALS) {
    if (names !== undefined && !names.includes(rival.name)) continue
    const version = rival.version()
    if (version === undefined) {
      missing.push(rival.name)
      continue
    }
    const dir = own(rival.name)
    const nodeArgs = profiling(settings)
    const running = await rival.start({ upstream, dir, cpu: PROXY_CPU, nodeArgs, cleanup })
    const { port, pids, configuration, takePauses } = running
    ways.push({ name: rival.name, port, pids, takePauses })
    configurations[rival.name] = configuration
    versions[rival.name] = version
  }
  return { ways, configurations, versions, missing }
}

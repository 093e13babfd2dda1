/** The gateway as a user runs it: routing, leases, limits, ids and metrics are in the measured path. */

import { BenchGateway } from '../harness/gateway.ts'
import { provenance } from '../harness/machine.ts'
import type { Rival, Setting } from './rival.ts'

/** The host that the load generators ask for. */
export const HOST = 'warm.localhost'

const start =
  (requests: boolean) =>
  async ({ upstream, cpu, nodeArgs, cleanup }: Setting) => {
    const file = {
      runtime: 'process',
      log: { requests },
      functions: { warm: { hosts: [HOST], upstream: `127.0.0.1:${upstream}` } },
    }
    const { port, child } = await BenchGateway.start({ file, cpu, nodeArgs }, cleanup)
    return { port, pids: () => [child.pid], configuration: JSON.stringify(file) }
  }

const version = (): string | undefined => provenance().versions['coldfront']

export const coldfront: Rival = { name: 'coldfront', version, start: start(false) }

/** With its default, a log line for each request, into a pipe that is read. */
export const coldfrontLogging: Rival = {
  name: 'coldfront, access log',
  version,
  start: start(true),
}

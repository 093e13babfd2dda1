/** The gateway as a user runs it: routing among a thousand hosts, leases, limits, ids and metrics are in the measured path. */

import { BenchGateway } from '../harness/gateway.ts'
import { provenance } from '../harness/machine.ts'
import type { Rival, RunningRival, Setting } from './rival.ts'

/** The host that the load generators ask for. */
export const HOST = 'warm.localhost'
const ROUTES = 1_000

export interface GatewaySetting extends Pick<Setting, 'cpu' | 'nodeArgs' | 'cleanup'> {
  /** As the file writes it. */
  readonly upstream: string
  /** Functions, all with the same upstream; the measured one is in their middle. */
  readonly routes: number
  /** A log line for each request, into a pipe that is read. */
  readonly isLogging?: boolean
}

/** One line of `--trace-gc`: its first number before the slash is how long the program stood still. */
const PAUSE = /ms: (?:Scavenge|Mark-Compact|Minor Mark-Sweep).*?([\d.]+) \/ [\d.]+ +ms/

export async function startColdfront(setting: GatewaySetting): Promise<RunningRival> {
  const { upstream, routes, isLogging = false, cpu, nodeArgs, cleanup } = setting
  const file = {
    runtime: 'process',
    log: { requests: isLogging },
    functions: Object.fromEntries(
      Array.from({ length: routes }, (_, i) => {
        const name = i === routes >> 1 ? 'warm' : `other-${i}`
        return [name, { hosts: [`${name}.localhost`], upstream }]
      }),
    ),
  }
  const parts = { file, cpu, nodeArgs: ['--trace-gc', ...nodeArgs] }
  const { port, child } = await BenchGateway.start(parts, cleanup)
  const pauses: number[] = []
  child.onLine((line) => {
    const found = line.includes('ms: ') ? PAUSE.exec(line) : null
    if (found) pauses.push(Number(found[1]))
  })
  const configuration = `${routes} functions, as { hosts: [${HOST}], upstream: ${upstream} }; log.requests: ${isLogging}`
  return { port, pids: () => [child.pid], configuration, takePauses: () => pauses.splice(0) }
}

const version = (): string | undefined => provenance().versions['coldfront']

export const coldfront: Rival = {
  name: 'coldfront',
  version,
  start: ({ upstream, ...rest }) =>
    startColdfront({ ...rest, upstream: `127.0.0.1:${upstream.port}`, routes: ROUTES }),
}

/** The same with the upstream on a unix socket. */
export const coldfrontUnix: Rival = {
  name: 'coldfront, unix socket',
  version,
  start: ({ upstream, ...rest }) =>
    startColdfront({ ...rest, upstream: `unix:${upstream.socket}`, routes: ROUTES }),
}

/** With its default, the access log on. */
export const coldfrontLogging: Rival = {
  name: 'coldfront, access log',
  version,
  start: ({ upstream, ...rest }) =>
    startColdfront({
      ...rest,
      upstream: `127.0.0.1:${upstream.port}`,
      routes: ROUTES,
      isLogging: true,
    }),
}

/** Requests at a fixed rate, latency from when each was due: a process of its own on raw sockets (wrk2 is seldom packaged). */

import { join } from 'node:path'
import { Child } from '../harness/child.ts'
import { BENCH } from '../harness/root.ts'
import type { Load } from './generator.ts'
import type { OpenLoopReport } from './open-loop-client.ts'

export type { OpenLoopReport }

export interface OpenLoad extends Load {
  /** Requests per second. */
  readonly rate: number
  readonly warmUpSeconds: number
  /** Called when the warm-up is over. */
  readonly onCounting: () => void
}

/** Beyond the run itself. */
const SLACK_MS = 20_000
const CONNECT_MS = 60_000

/** Rejects when it does not end in time or cannot connect. */
export async function openLoop(load: OpenLoad): Promise<OpenLoopReport> {
  const { port, host, connections, seconds, rate, warmUpSeconds, cpu, cleanup } = load
  const program = join(BENCH, 'load', 'open-loop-client.ts')
  const args = [port, host, connections, rate, seconds, warmUpSeconds].map(String)
  const command = [process.execPath, program, ...args] as const
  const child = new Child({ what: 'the open loop', command, cpu }, cleanup)
  await child.line((line) => (line === 'ready' ? true : undefined), CONNECT_MS)
  const stop = child.onLine((line) => {
    if (line === 'counting') load.onCounting()
  })
  try {
    const limitMs = (seconds + warmUpSeconds) * 1000 + SLACK_MS
    const report = await child.line(
      (line) => (line.startsWith('{') ? (JSON.parse(line) as OpenLoopReport) : undefined),
      limitMs,
    )
    await child.end()
    return report
  } finally {
    stop()
  }
}

/** What a gateway still uses when all garbage is collected: what stays is a leak or its work, never the collector's laziness. */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BENCH } from './root.ts'
import { until } from './time.ts'

/** Bytes. */
export interface LiveMemory {
  readonly heapUsed: number
  /** Buffers outside the heap. */
  readonly external: number
}

const ANSWER_MS = 10_000

/** What the gateway has to be started with, where `path` is a file of its own. */
export const liveMemoryParts = (
  path: string,
): { nodeArgs: readonly string[]; env: Readonly<Record<string, string>> } => ({
  nodeArgs: ['--expose-gc', '--import', join(BENCH, 'harness/live-memory.mjs')],
  env: { LIVE_MEMORY: path },
})

/** Collects the garbage of a gateway that was started so. */
export async function liveMemory(pid: number, path: string): Promise<LiveMemory> {
  rmSync(path, { force: true })
  process.kill(pid, 'SIGUSR2')
  const read = (): LiveMemory | undefined => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as LiveMemory
    } catch {
      return undefined
    }
  }
  const what = { what: 'the gateway tells its memory', limitMs: ANSWER_MS, everyMs: 20 }
  return until(async () => read(), what)
}

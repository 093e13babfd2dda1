/** What the process uses, under the names that dashboards know. */

import { readFile, readdir } from 'node:fs/promises'
import { one } from './exposition.ts'
import type { Sample, Sources } from './exposition.ts'

async function openFds(): Promise<Sample[]> {
  try {
    const names = await readdir('/proc/self/fd')
    // The directory itself is open while it is read.
    return one(names.length - 1)
  } catch {
    // Not Linux: the series is absent.
    return []
  }
}

async function maxFds(): Promise<Sample[]> {
  try {
    const [, soft] =
      /^Max open files +(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? [] : one(Number(soft))
  } catch {
    return []
  }
}

export const PROCESS_SOURCES = {
  process_cpu_seconds_total: () => {
    const { user, system } = process.cpuUsage()
    return one((user + system) / 1e6)
  },
  process_resident_memory_bytes: () => one(process.memoryUsage.rss()),
  process_start_time_seconds: () => one(performance.timeOrigin / 1000),
  process_open_fds: openFds,
  process_max_fds: maxFds,
  nodejs_heap_size_used_bytes: () => one(process.memoryUsage().heapUsed),
  nodejs_heap_size_total_bytes: () => one(process.memoryUsage().heapTotal),
  nodejs_external_memory_bytes: () => one(process.memoryUsage().external),
} satisfies Partial<Sources>

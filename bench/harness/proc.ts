/** What the kernel says of a process: CPU time and memory. Linux only. */

import { readFileSync, readdirSync } from 'node:fs'
import { spawnSync } from 'node:child_process'

const PAGE_BYTES = Number(spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).stdout) || 4096
const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100

/** User and system time of the processes so far, in µs, in steps of a tick (10 ms). */
export function cpuUs(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    // The name in parentheses may hold spaces: fields are counted after its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return (ticks * 1e6) / ticksPerSecond
}

/** CPU time of all threads of the process so far, in µs, as the scheduler counts it: finer than a tick. */
export function fineCpuUs(pid: number): number {
  let ns = 0
  for (const task of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
  return ns / 1_000
}

/** Writes by the processes so far. Of a server that writes each small answer at once they are its answers. */
export function writes(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) {
    const found = /^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))
    sum += Number(found?.[1])
  }
  return sum
}

/** The process and its children, as far as they live now. */
export function family(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim().split(/\s+/),
  )
  return [pid, ...children.filter(Boolean).flatMap((child) => family(Number(child)))]
}

/** Resident memory now (`VmRSS`), or its peak so far (`VmHWM`), in KB of 1000 bytes. */
export function memoryKb(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const found = new RegExp(`^${which}:\\s*(\\d+) kB`, 'm').exec(status)
  return (Number(found?.[1]) * 1024) / 1000
}

/** The state letter: R, S, T, Z. */
export function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.charAt(stat.lastIndexOf(')') + 2)
}

/** What the buffers of all TCP sockets of the machine take, in KB of 1000 bytes; whole pages, NaN where it is not told. */
export function socketMemoryKb(): number {
  const found = /^TCP:.* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'latin1'))
  return (Number(found?.[1]) * PAGE_BYTES) / 1000
}

/** What the kernel keeps of all TCP connections of the machine beside their buffers, in KB of 1000 bytes; root only, else NaN. */
export function socketSlabKb(): number {
  try {
    const lines = readFileSync('/proc/slabinfo', 'latin1').split('\n')
    const slabs = lines.filter((line) =>
      /^(TCP|sock_inode_cache|filp|dentry|eventpoll_)/.test(line),
    )
    return slabs.reduce((sum, line) => {
      const [, active, , bytes] = line.split(/\s+/)
      return sum + (Number(active) * Number(bytes)) / 1000
    }, 0)
  } catch {
    return NaN
  }
}

/** How many files this process, and so one that it starts, may have open. */
export function openFilesMax(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1')
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0)
}

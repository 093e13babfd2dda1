/**
 * What Linux tells of processes and sockets under /proc, read synchronously: these files are made in memory,
 * and a thread-pool round trip costs more than the read. Elsewhere every answer is "unknown".
 */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'

export const hasProc = process.platform === 'linux'

export interface ProcessStat {
  /** One letter; `T` is stopped by a signal. */
  readonly state: string
  readonly group: number
  readonly session: number
}

/** Undefined when there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The name in parentheses may hold anything, parentheses too; the fields begin after the last one.
  const [state = '', , group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state, group: Number(group), session: Number(session) }
}

/** Whether a signal has stopped it; undefined where that cannot be seen. */
export const isFrozen = (pid: number): boolean | undefined =>
  hasProc ? processStat(pid)?.state === 'T' : undefined

/** Every process, those with an id from `first` up before the others: children mostly have a greater id. */
export function processIds(first: number): number[] {
  const ids = readdirSync('/proc')
    .map(Number)
    .filter((id) => id > 0)
    .sort((a, b) => a - b)
  const at = ids.findIndex((id) => id >= first)
  return at < 0 ? ids : [...ids.slice(at), ...ids.slice(0, at)]
}

/** Whether any process of the group is more than a zombie. */
export const groupLives = (group: number): boolean =>
  processIds(group).some((pid) => {
    const stat = processStat(pid)
    return stat?.group === group && stat.state !== 'Z'
  })

/** Resident bytes of every process group in `groups`; shared pages count in each process. Looks at all processes once. */
export function residentBytes(groups: ReadonlySet<number>): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>()
  for (const pid of processIds(1)) {
    const { group = 0 } = processStat(pid) ?? {}
    if (groups.has(group)) bytes.set(group, (bytes.get(group) ?? 0) + residentOf(pid))
  }
  return bytes
}

function residentOf(pid: number): number {
  try {
    const [, kib = '0'] =
      /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kib) * 1_024
  } catch {
    return 0 // Gone since the directory was read.
  }
}

/** Whether the process has this socket open. */
export function holdsSocket(pid: number, inode: string): 'yes' | 'no' | 'unreadable' {
  try {
    const link = `socket:[${inode}]`
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(pid, fd) === link) ? 'yes' : 'no'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'EACCES' || code === 'EPERM' ? 'unreadable' : 'no'
  }
}

function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    return '' // Closed since the directory was read.
  }
}

/** A socket in state LISTEN. */
export interface Listener {
  /** `address:port` in the kernel's hexadecimal. */
  readonly local: string
  readonly inode: string
}

const READ_BYTES = 32
const LISTEN = '0A'
/** Number, local and remote address, state, queues, timer, retransmits, user, timeout, inode. */
const ROW = /^ *\d+: (\S+) \S+ (\S+) \S+ \S+ \S+ +\d+ +\d+ (\d+) /

/**
 * The listeners in /proc/net/tcp or tcp6, as far as the caller reads. The kernel lists them before all other
 * sockets and then walks a table of connections that grows with memory: 4 ms on a box with 23 GiB, found
 * empty or not. Hence small reads, each row told as soon as its inode is there, and an end at the first
 * row of another state: a listener is found in 0.1 ms.
 */
export function* listeners(file: '/proc/net/tcp' | '/proc/net/tcp6'): Generator<Listener> {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return // No IPv6, say.
  }
  try {
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    let text = ''
    let told = false
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) {
      text += chunk.toString('latin1', 0, n)
      const [, local = '', state, inode = ''] = (!told && ROW.exec(text)) || []
      if (state !== undefined) {
        if (state !== LISTEN) return
        told = true
        yield { local, inode }
      }
      const newline = text.indexOf('\n')
      if (newline < 0) continue
      text = text.slice(newline + 1)
      told = false
    }
  } finally {
    closeSync(fd)
  }
}

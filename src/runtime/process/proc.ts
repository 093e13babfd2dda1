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

/** Whether the process has one of these sockets open. */
export function holdsSocket(pid: number, inodes: readonly string[]): 'yes' | 'no' | 'unreadable' {
  try {
    const links = new Set(inodes.map((inode) => `socket:[${inode}]`))
    return readdirSync(`/proc/${pid}/fd`).some((fd) => links.has(linkOf(pid, fd))) ? 'yes' : 'no'
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

/** 127.0.0.1 and `any` as the kernel prints them, on machines of either byte order; the most specific first. */
const ADDRESSES: readonly (readonly [file: string, addresses: readonly string[]])[] = [
  ['/proc/net/tcp', ['0100007F', '7F000001']],
  ['/proc/net/tcp', ['00000000']],
  ['/proc/net/tcp6', ['0000000000000000FFFF00000100007F', '00000000000000000000FFFF7F000001']],
  ['/proc/net/tcp6', ['0'.repeat(32)]],
]

/** Inodes of the sockets that take a connection to 127.0.0.1:`port`. Several share it by SO_REUSEPORT. */
export function listenersOn(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = new Map<string, string[][]>()
  for (const [file, addresses] of ADDRESSES) {
    const listening = rows.get(file) ?? listeningRows(file)
    rows.set(file, listening)
    const locals = addresses.map((address) => `${address}:${hex}`)
    const found = listening.filter(([, local = '']) => locals.includes(local))
    if (found.length > 0) return found.map((row) => row[9] ?? '')
  }
  return []
}

const CHUNK_BYTES = 65_536
const LISTEN = '0A'

/**
 * The rows in state LISTEN. The kernel lists them before all others, so reading ends at the first row of another
 * state: with 10,000 connections open the rest would be a megabyte and several ms.
 */
function listeningRows(file: string): string[][] {
  const rows: string[][] = []
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return rows // No IPv6, say.
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let text = ''
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) {
      const lines = (text + chunk.toString('latin1', 0, n)).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const row = line.trim().split(/\s+/)
        if (row[3] === LISTEN) rows.push(row)
        else if (row[0] !== 'sl') return rows
      }
    }
    return rows
  } finally {
    closeSync(fd)
  }
}

/**
 * Tells when one of the files that a configuration was read from has changed. Watches their directories,
 * for editors replace a file instead of writing it; compares what is there, for directories see much else.
 */

import {
  readdirSync,
  realpathSync,
  statSync,
  watch as watchDirectory,
  type FSWatcher,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Clock, Timer } from '../lib/clock.ts'
import { isFunctionFile } from './files.ts'

/** A change counts when nothing more has happened for this long, in ms: one save is several events. */
const QUIET_MS = 100
/** Where a directory never comes to rest, a change counts after this long, in ms. */
const RESTLESS_MS = 1_000
/** Directories watched at most; beyond it a change is seen on SIGHUP only. */
const DIRECTORIES_MAX = 1_000

export interface WatchParts {
  readonly clock: Clock
  /** Called once for each change, never after `close`. */
  readonly changed: () => void
}

export class ConfigWatch {
  readonly #parts: WatchParts
  #paths: readonly string[] = []
  /** What the files, and those that links among them lead to, are called in their directories. */
  #names: ReadonlySet<string> = new Set()
  readonly #watchers = new Map<string, FSWatcher>()
  #seen = ''
  #quiet: Timer | undefined
  /** When the first event came that no look has followed yet, on the clock. */
  #stirredAt: number | undefined
  #closed = false

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  /** Watches these files and directories (absolute, `Config.files`) instead of those so far. What is there now is no change. */
  update(paths: readonly string[]): void {
    if (this.#closed) return
    this.#paths = paths
    this.#names = new Set(paths.flatMap((path) => [basename(path), basename(followed(path))]))
    this.#rearm()
    this.#seen = this.#look()
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true
    this.#quiet?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /** Brings the watchers in line with the paths; a directory that has come back is watched again. */
  #rearm(): void {
    const wanted = new Set(
      this.#paths.flatMap((path) => [dirname(path), ...(isDirectory(path) ? [path] : [])]),
    )
    for (const [directory, watcher] of this.#watchers) {
      if (wanted.has(directory)) continue
      watcher.close()
      this.#watchers.delete(directory)
    }
    for (const directory of wanted) {
      if (this.#watchers.has(directory) || this.#watchers.size >= DIRECTORIES_MAX) continue
      this.#watch(directory)
    }
  }

  #watch(directory: string): void {
    try {
      const watcher = watchDirectory(directory, { persistent: false }, (what, name) => {
        if (what === 'rename' || this.#matters(name)) this.#stir()
      })
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(directory)
        this.#stir()
      })
      this.#watchers.set(directory, watcher)
    } catch {
      // Gone, or the system has no more watches to give: its files are read again on SIGHUP.
    }
  }

  /** A log beside the file is written to at every request: that shall cost no look, nor a timer. */
  #matters(name: string | null): boolean {
    return name === null || this.#names.has(name) || isFunctionFile(name)
  }

  #stir(): void {
    if (this.#closed) return
    const { clock } = this.#parts
    this.#stirredAt ??= clock.now()
    this.#quiet?.cancel()
    const left = this.#stirredAt + RESTLESS_MS - clock.now()
    this.#quiet = clock.timer(Math.max(0, Math.min(QUIET_MS, left)), () => {
      this.#stirredAt = undefined
      this.#rearm()
      const now = this.#look()
      if (now === this.#seen) return
      this.#seen = now
      this.#parts.changed()
    })
  }

  /** What is there, as a text that differs when anything that matters differs. */
  #look(): string {
    return JSON.stringify(this.#paths.map((path) => [path, ...traits(path)]))
  }
}

/** Links are followed: a mounted ConfigMap changes by swapping one. */
function traits(path: string): readonly unknown[] {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) return readdirSync(path).filter(isFunctionFile).sort()
    return [stat.ino, stat.size, stat.mtimeMs]
  } catch {
    return ['missing']
  }
}

function followed(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

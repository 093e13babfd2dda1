/**
 * Where Node keeps the code that it compiled, for the next start: a directory of this user's that nobody else can write, or
 * none. What is in it runs unseen in this process, so a doubt about it is a no. docs/decisions/start-up.md
 */

import { type Stats, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

export interface CachePlace {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Not there where the system has no such users: then nothing can be known of a directory. */
  readonly getuid?: (() => number) | undefined
}

/** A start leaves some 400; what other versions of this program and of Node left goes when there are more. */
const FILES_MAX = 4_000
/** Node makes one for each of its versions. */
const FOLDER = /^v\d+\.\d+\.\d+/
/** Group or others may write. */
const FOREIGN_WRITE = 0o022
/** Others may write, and may not rename or remove what is not theirs. */
const STICKY = 0o1000

/** Makes the directory and returns it. Undefined: Node was told something else already, or it cannot be kept safely. */
export function compileCacheDir({ env, getuid }: CachePlace): string | undefined {
  if (!getuid || env['NODE_DISABLE_COMPILE_CACHE'] || env['NODE_COMPILE_CACHE']) return undefined
  const place = placeOf(env)
  if (!place) return undefined
  try {
    const dir = join(real(place.given), place.below, 'code')
    if (!isOurs(dir, getuid())) return undefined
    prune(dir)
    return dir
  } catch {
    // A disk that is full or read-only: it starts as it would without.
    return undefined
  }
}

/** systemd's CacheDirectory=, else as the XDG base directory specification has it, which says to ignore a relative path. */
function placeOf(env: CachePlace['env']): { given: string; below: string } | undefined {
  const { CACHE_DIRECTORY = '', XDG_CACHE_HOME = '', HOME = '' } = env
  const [own = ''] = CACHE_DIRECTORY.split(':')
  if (isAbsolute(own)) return { given: own, below: '' }
  if (isAbsolute(XDG_CACHE_HOME)) return { given: XDG_CACHE_HOME, below: 'coldfront' }
  return isAbsolute(HOME) ? { given: HOME, below: '.cache/coldfront' } : undefined
}

/** With links followed as far as the path exists, so that what is looked at is what will be used. Below it none is followed. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path === dirname(path) ? path : join(real(dirname(path)), basename(path))
  }
}

/** Makes what is missing, from above, and nothing below what somebody else could exchange. */
function isOurs(path: string, uid: number): boolean {
  const found = isGuarded(dirname(path), uid) ? made(path) : undefined
  return found?.isDirectory() === true && found.uid === uid && (found.mode & FOREIGN_WRITE) === 0
}

/** Nobody but this user and root can put another thing in the place of what is in it. */
function isGuarded(path: string, uid: number): boolean {
  const parent = dirname(path)
  if (parent !== path && !isGuarded(parent, uid)) return false
  const found = made(path)
  if (!found.isDirectory() || (found.uid !== 0 && found.uid !== uid)) return false
  return (found.mode & FOREIGN_WRITE) === 0 || (found.mode & STICKY) !== 0
}

function made(path: string): Stats {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found) return found
  mkdirSync(path, { mode: 0o700 })
  return lstatSync(path)
}

function prune(dir: string): void {
  const folders = readdirSync(dir)
    .filter((name) => FOLDER.test(name))
    .map((name) => join(dir, name))
  const files = folders.reduce((sum, folder) => sum + readdirSync(folder).length, 0)
  if (files > FILES_MAX) for (const folder of folders) rmSync(folder, { recursive: true })
}

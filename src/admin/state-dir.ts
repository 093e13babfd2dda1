/**
 * The state directory: who this gateway is (owner), the key that signs its containers, the admin token, and
 * the admin socket, which is also the lock: a directory serves one gateway at a time.
 */

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ownerId } from '../domain/ids.ts'
import type { OwnerId } from '../domain/ids.ts'

export interface StateDir {
  /** Absolute. */
  readonly dir: string
  readonly owner: OwnerId
  /** 32 bytes; signs what belongs to this owner. */
  readonly key: Buffer
  /** 32 random bytes as base64url: what control verbs over TCP need. */
  readonly token: string
  /** Path of the admin socket. */
  readonly socket: string
}

/** The directory cannot be used; the message says why and what to do. */
export class StateDirError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StateDirError'
  }
}

/** `sockaddr_un` has room for 108 bytes on Linux and 104 on macOS, the end mark included. */
const SOCKET_PATH_BYTES_MAX = 103
/**
 * The format of the directory, in its file `version`. Raised when the meaning of a file changes, together with the code
 * that carries every earlier format over; a directory without the file is of the first.
 */
const FORMAT = 1
/** Group or others may write. */
const FOREIGN_WRITE = 0o022
/** Group or others may do anything. */
const FOREIGN_ANY = 0o077

/** Where the admin socket of a state directory is. */
export const socketOf = (dir: string): string => join(dir, 'admin.sock')

/** Makes what is missing, reads what is there. Throws `StateDirError`. */
export function openStateDir(dir: string): StateDir {
  const socket = socketOf(dir)
  if (Buffer.byteLength(socket) > SOCKET_PATH_BYTES_MAX) {
    throw new StateDirError(
      `${socket} is too long for a socket (at most ${SOCKET_PATH_BYTES_MAX} bytes). Set stateDir to a shorter path.`,
    )
  }
  makeDir(dir)
  const format = secret(join(dir, 'version'), /^[1-9]\d{0,8}$/, () => `${FORMAT}`)
  if (Number(format) > FORMAT) {
    throw new StateDirError(
      `${dir} was written by a newer coldfront (format ${format}, this one knows ${FORMAT}). Run that one, or set stateDir to another directory.`,
    )
  }
  const owner = secret(join(dir, 'owner'), /^[0-9a-f]{32}$/, () => randomBytes(16).toString('hex'))
  const key = secret(join(dir, 'key'), /^[0-9a-f]{64}$/, () => randomBytes(32).toString('hex'))
  const token = secret(join(dir, 'token'), /^[\w-]{43}$/, () =>
    randomBytes(32).toString('base64url'),
  )
  return { dir, owner: ownerId(owner), key: Buffer.from(key, 'hex'), token, socket }
}

function makeDir(dir: string): void {
  let foreign: boolean
  try {
    // Parents get the usual mode; only the last one holds secrets.
    if (mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(dir, 0o700)
    const { mode, uid } = statSync(dir)
    // Whoever owns it can put other keys in it. Root can in any case.
    foreign = uid !== 0 && uid !== (process.getuid?.() ?? uid)
    if (!foreign && (mode & FOREIGN_WRITE) === 0) return
  } catch (cause) {
    throw new StateDirError(
      `The state directory ${dir} cannot be used: ${messageOf(cause)}. Set stateDir to one that this user may write.`,
      { cause },
    )
  }
  if (foreign) {
    throw new StateDirError(
      `The state directory ${dir} belongs to another user. Set stateDir to one of this user's own.`,
    )
  }
  throw new StateDirError(`Others may write to the state directory ${dir}. Run: chmod 700 ${dir}`)
}

/** The text of a file of one line, made on first use with mode 0600. */
function secret(file: string, form: RegExp, make: () => string): string {
  try {
    const text = read(file) ?? read(create(file, make()))
    if (text !== undefined && form.test(text)) return text
  } catch (cause) {
    if (cause instanceof StateDirError) throw cause
    throw new StateDirError(`${file} cannot be read or made: ${messageOf(cause)}`, { cause })
  }
  throw new StateDirError(`${file} is damaged. Remove it to have a new one made.`)
}

function read(file: string): string | undefined {
  try {
    if ((statSync(file).mode & FOREIGN_ANY) !== 0) {
      throw new StateDirError(`Others may read ${file}. Run: chmod 600 ${file}`)
    }
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all: a crash or a full disk must not leave half a key behind. The first of two writers wins. */
function create(file: string, text: string): string {
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  const fd = openSync(draft, 'wx', 0o600)
  try {
    writeSync(fd, `${text}\n`)
    fsyncSync(fd)
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    closeSync(fd)
    unlinkSync(draft)
  }
  return file
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)

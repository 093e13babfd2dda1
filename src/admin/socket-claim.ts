/** Makes the path of the admin socket free, unless a living gateway answers behind it. */

import { lstatSync, renameSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { randomBytes } from 'node:crypto'
import { LIMITS } from '../domain/limits.ts'
import { StateDirError } from './state-dir.ts'

/**
 * Removes a stale socket. Rejects with `StateDirError` when a gateway answers. The caller listens on the path in
 * the same turn: `listen` fails when another one was faster, so that two never share a directory.
 */
export async function claimSocket(path: string): Promise<void> {
  if (await answers(path)) throw inUse(path)
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
    throw new StateDirError(`${path} is there and is no socket. Remove it, or set another path.`)
  }
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  if (!moved(path, aside)) return
  // Between the question and the move a new gateway may have put its own socket here: give it back.
  if (await answers(aside)) {
    moved(aside, path)
    throw inUse(path)
  }
  unlinkSync(aside)
}

const inUse = (path: string): StateDirError =>
  new StateDirError(
    `Another gateway is running with this state directory (it answers on ${path}). Stop it, or set another stateDir.`,
  )

/** False when there was nothing to move. */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** Whether somebody accepts on the socket. One that hangs counts as somebody. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(LIMITS.adminKnockMs, () => settle(true))
    socket.on('connect', () => settle(true))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // EAGAIN: its queue is full, so it lives. EACCES: it belongs to somebody else.
      settle(error.code === 'EAGAIN' || error.code === 'EACCES')
    })
  })
}

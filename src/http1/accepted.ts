/**
 * How the bytes of an accepted connection are read. Node gives each read of an accepted socket a buffer of 64 KiB of its own
 * and shrinks it afterwards, which costs some 2 µs a request; sockets that connect may read into one common buffer
 * (`onread`). Here an accepted one does the same: its handle moves to a socket made with `onread`. Node has no
 * documented way for that; where the handle is not what is expected, and for TLS, it is read as any stream.
 */

import { Socket, type SocketConstructorOpts } from 'node:net'
import type { Duplex } from 'node:stream'

const READ_BYTES = 65_536
/** Bytes. Up to this what was read gets a buffer of its own size; larger ones take turns. */
const SMALL_MAX = 32_768
/** Large buffers that wait for their next turn. */
const SPARE_MAX = 16

/** Read into by all, emptied within the turn. */
const common = Buffer.allocUnsafeSlow(READ_BYTES)
const spare: Buffer[] = []

/** Takes bytes. True: they are the giver's again. False: somebody still reads them. */
export type Take = (bytes: Buffer) => boolean

/** What of `net.Socket` moves; Node itself makes sockets of handles with this option. */
interface WithHandle {
  _handle?: { readonly useUserBuffer?: unknown } | null
}

/**
 * Hands on what `stream` reads. Returns the stream that takes its place, with the same two
 * ends. Reading starts in a later turn.
 */
export function reading(stream: Duplex, take: Take): Duplex {
  const moved = stream instanceof Socket ? move(stream, take) : undefined
  if (moved !== undefined) return moved
  stream.on('data', (bytes: Buffer) => take(bytes))
  // It may have been accepted paused.
  stream.resume()
  return stream
}

function move(socket: Socket, take: Take): Socket | undefined {
  const from = socket as unknown as WithHandle
  const handle = from._handle
  if ('encrypted' in socket || typeof handle?.useUserBuffer !== 'function') return undefined
  const onread = {
    buffer: common,
    callback: (count: number) => {
      handOn(count, take)
      return true
    },
  }
  from._handle = null
  const options = { handle, allowHalfOpen: socket.allowHalfOpen, onread }
  // Empty as it is now, it would only take room: the connection has another one.
  socket.destroy()
  return new Socket(options as unknown as SocketConstructorOpts)
}

/** A partial write may leave its bytes in use for long, so that nobody gets the common buffer itself. */
function handOn(count: number, take: Take): void {
  const isSmall = count <= SMALL_MAX
  const own = isSmall
    ? Buffer.allocUnsafe(count)
    : (spare.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES))
  common.copy(own, 0, 0, count)
  if (isSmall) take(own)
  else if (take(own.subarray(0, count)) && spare.length < SPARE_MAX) spare.push(own)
}

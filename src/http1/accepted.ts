/**
 * How the bytes of an accepted connection are read. Node gives each read of an accepted socket a buffer of 64 KiB of its own
 * and shrinks it afterwards, which costs some 2 µs a request; sockets that connect may read into one common buffer
 * (`onread`). Here an accepted one does the same: its handle moves to a socket made with `onread`. Node has no
 * documented way for that; where the handle is not what is expected, and for TLS, it is read as any stream.
 */

import { Socket, type SocketConstructorOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import { ReadBuffer } from './read-buffer.ts'

/** Bytes. Up to this a copy is cheaper than a buffer given away, and holds no more than was read. */
const COPY_MAX = 32_768

/** What of `net.Socket` moves; Node itself makes sockets of handles with this option. */
interface WithHandle {
  _handle?: { readonly useUserBuffer?: unknown } | null
}

/**
 * Hands on what `stream` reads; the bytes are the receiver's. Returns the stream that takes its place, with the same two
 * ends. Reading starts in a later turn.
 */
export function reading(stream: Duplex, take: (bytes: Buffer) => void): Duplex {
  const moved = stream instanceof Socket ? move(stream, take) : undefined
  if (moved !== undefined) return moved
  stream.on('data', take)
  // It may have been accepted paused.
  stream.resume()
  return stream
}

function move(socket: Socket, take: (bytes: Buffer) => void): Socket | undefined {
  const from = socket as unknown as WithHandle
  const handle = from._handle
  if ('encrypted' in socket || typeof handle?.useUserBuffer !== 'function') return undefined
  const buffer = new ReadBuffer()
  const onread = {
    buffer: () => buffer.next(),
    callback: (count: number, bytes: Uint8Array) => {
      take(ownBytes(buffer, bytes as Buffer, count))
      return true
    },
  }
  from._handle = null
  const options = { handle, allowHalfOpen: socket.allowHalfOpen, onread }
  const moved = new Socket(options as unknown as SocketConstructorOpts)
  // The server counts the one it accepted.
  moved.once('close', () => socket.destroy())
  return moved
}

/** What was read, out of a buffer that is read into again. */
function ownBytes(buffer: ReadBuffer, bytes: Buffer, count: number): Buffer {
  if (count > COPY_MAX) {
    const lent = buffer.lend(bytes, 0, count)
    buffer.giveAway()
    return lent.subarray(0, count)
  }
  buffer.release()
  const own = Buffer.allocUnsafe(count)
  bytes.copy(own, 0, 0, count)
  return own
}

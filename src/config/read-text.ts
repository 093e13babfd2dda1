/** Reads a file of bounded size as UTF-8, and says in plain words why it cannot be had. */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Why a file cannot be had, fit to be shown: no path, no content. */
export class ReadError extends Error {
  override readonly name = 'ReadError'
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'reading it is not permitted',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a link that leads in a circle',
}

/** In words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return REASONS[code] ?? `it cannot be read (${code || 'unknown reason'})`
}

/** The text of a regular file of at most `bytesMax` bytes; throws `ReadError`. */
export async function readText(file: string, bytesMax: number): Promise<string> {
  try {
    // A pipe without a writer would hold a thread of the pool for ever, four of them the whole process.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (stat.isDirectory()) throw new ReadError('it is a directory')
    if (!stat.isFile()) throw new ReadError('it is not a regular file')
    // One byte more than allowed shows a file that grew after the look at its size. Files of the kernel say 0.
    const buffer = Buffer.alloc((stat.size === 0 ? bytesMax : Math.min(stat.size, bytesMax)) + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (bytesRead === 0 || length === buffer.length) break
    }
    if (length > bytesMax) throw new ReadError(`it is larger than ${bytesMax} bytes`)
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length))
  } catch (error) {
    if (error instanceof ReadError) throw error
    if (error instanceof TypeError) throw new ReadError('it is not UTF-8 text')
    throw new ReadError(reasonOf(error), { cause: error })
  }
}

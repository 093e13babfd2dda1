/**
 * Standard output as the log's output: a slow reader or a slow disk holds up neither the event loop nor the end of
 * the process, and after a full disk writing works again.
 */

import { constants, fstatSync, openSync, write } from 'node:fs'
import { isatty } from 'node:tty'
import type { Clock } from '../lib/clock.ts'
import type { LineOutput } from '../telemetry/line-sink.ts'

const STDOUT = 1
/** Before a terminal that was stopped (Ctrl-S) is tried again, in ms. */
const FULL_RETRY_MS = 10

/** Pipes and sockets go through Node's stream, which waits for their reader; files and terminals would block there. */
export function stdoutOutput(clock: Clock): LineOutput {
  const stat = fstatSync(STDOUT)
  if (stat.isFIFO() || stat.isSocket()) {
    return {
      write: (text, done) => process.stdout.write(text, (error) => done(error ?? undefined)),
    }
  }
  return descriptorOutput(isatty(STDOUT) ? terminal() : STDOUT, clock)
}

/** Writes text to `fd` whole, in as many calls as it takes. */
export function descriptorOutput(fd: number, clock: Clock): LineOutput {
  const writeAll = (bytes: Uint8Array, done: (error: Error | undefined) => void): void => {
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') clock.timer(FULL_RETRY_MS, () => writeAll(bytes, done))
      else if (error) done(error)
      else if (written < bytes.length) writeAll(bytes.subarray(written), done)
      else done(undefined)
    })
  }
  return { write: (text, done) => writeAll(Buffer.from(text), done) }
}

/**
 * A write to a stopped terminal holds a thread of Node's pool, and with it the end of the process. Opened anew the
 * terminal has a mode of its own; where that is not possible it is used as it is.
 */
function terminal(): number {
  try {
    return openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return STDOUT
  }
}

/** What one instance prints: told line by line, of bounded length and number, and the last lines kept. */

import type { Readable } from 'node:stream'
import { LIMITS } from '../../domain/limits.ts'
import type { Clock } from '../../lib/clock.ts'
import { Pace } from '../pace.ts'

const NEWLINE = 0x0a

export class Output {
  readonly #tell: (line: string) => void
  readonly #pace: Pace
  readonly #tail: string[] = []

  constructor(tell: (line: string) => void, clock: Clock) {
    this.#tell = tell
    this.#pace = new Pace(clock)
  }

  /** The last `logTailLines` lines, oldest first. */
  get tail(): readonly string[] {
    return [...this.#tail]
  }

  /** Reads lines from `stream` until it ends, no faster than they may come. A longer line than `logLineBytes` is told in pieces. */
  read(stream: Readable): void {
    let rest: Buffer = Buffer.alloc(0)
    const pass = (): void => {
      const cut = this.#cut(rest)
      rest = cut.rest
      if (!cut.isMore) return void stream.resume()
      stream.pause()
      void this.#pace.ready().then(pass)
    }
    stream.on('data', (chunk: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      pass()
    })
    stream.on('end', () => {
      if (rest.length > 0) this.#line(rest)
    })
    // A pipe that breaks ends with 'close'; there is nothing to add.
    stream.on('error', () => {})
  }

  /** Tells what is complete, as far as it may now, and returns the rest: unless there is more, at most `logLineBytes`. */
  #cut(bytes: Buffer): { rest: Buffer; isMore: boolean } {
    let from = 0
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, from)
      const end = newline < 0 ? bytes.length : newline
      if (end - from > LIMITS.logLineBytes) {
        const cut = characterStart(bytes, from + LIMITS.logLineBytes)
        this.#line(bytes.subarray(from, cut))
        from = cut
      } else if (newline >= 0) {
        this.#line(bytes.subarray(from, newline))
        from = newline + 1
      } else return { rest: Buffer.from(bytes.subarray(from)), isMore: false }
      if (!this.#pace.take()) return { rest: bytes.subarray(from), isMore: true }
    }
  }

  #line(bytes: Buffer): void {
    const line = bytes.toString('utf8').replace(/\r$/, '')
    this.#tail.push(line)
    if (this.#tail.length > LIMITS.logTailLines) this.#tail.shift()
    this.#tell(line)
  }
}

const UTF8_CONTINUATION_MAX = 3

/** The start of the UTF-8 character that lies across `at`, so that no character is cut in two. */
function characterStart(bytes: Buffer, at: number): number {
  for (let i = at; i > at - UTF8_CONTINUATION_MAX; i -= 1)
    if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return i
  return at
}

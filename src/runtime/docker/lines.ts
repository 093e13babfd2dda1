/** Lines of the engine's streams: JSON lines of events and progress, and container output with its frames taken off. All bounded. */

import { LIMITS } from '../../domain/limits.ts'
import { DOCKER_LIMITS } from './limits.ts'

const FRAME_HEAD_BYTES = 8
const LINE_FEED = 10

/** Each line of the stream as a value. Throws on a line that is too long or no JSON. */
export async function* jsonLines(stream: AsyncIterable<unknown>): AsyncGenerator {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    rest +=
      typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > DOCKER_LIMITS.jsonLineBytes)
      throw new Error('the engine sent a line without end')
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
  if (rest.trim() !== '') yield JSON.parse(rest)
}

/** Takes the frames off a container's output. Output of a terminal has none, which the first bytes tell. */
export class Unframed {
  #mode: 'unknown' | 'framed' | 'raw' = 'unknown'
  #head = Buffer.alloc(0)
  #left = 0

  /** The output's own bytes in this piece of the stream. */
  push(chunk: Buffer): Buffer[] {
    const out: Buffer[] = []
    let data = chunk
    while (data.length > 0) {
      if (this.#mode === 'raw') return [...out, data]
      if (this.#left > 0) {
        const part = data.subarray(0, this.#left)
        out.push(part)
        this.#left -= part.length
        data = data.subarray(part.length)
      } else data = this.#readHead(data, out)
    }
    return out
  }

  /** Collects eight bytes: stream number, three zeros, length. Returns what follows them. */
  #readHead(data: Buffer, out: Buffer[]): Buffer {
    const need = FRAME_HEAD_BYTES - this.#head.length
    this.#head = Buffer.concat([this.#head, data.subarray(0, need)])
    const rest = data.subarray(need)
    if (this.#mode === 'unknown' && !looksFramed(this.#head)) {
      this.#mode = 'raw'
      out.push(this.#head)
      return rest
    }
    if (this.#head.length < FRAME_HEAD_BYTES) return rest
    this.#mode = 'framed'
    this.#left = this.#head.readUInt32BE(4)
    this.#head = Buffer.alloc(0)
    return rest
  }
}

const looksFramed = (head: Buffer): boolean =>
  (head[0] ?? 0) <= 2 && head.subarray(1, 4).every((byte) => byte === 0)

/** Cuts output into lines of bounded length; the rest of a longer line is dropped. */
export class Lines {
  #line: Buffer[] = []
  #length = 0

  push(data: Buffer): string[] {
    const out: string[] = []
    let from = 0
    for (let at = data.indexOf(LINE_FEED); at >= 0; at = data.indexOf(LINE_FEED, from)) {
      this.#add(data.subarray(from, at))
      out.push(this.#take())
      from = at + 1
    }
    this.#add(data.subarray(from))
    return out
  }

  /** What stands after the last line feed. */
  end(): string[] {
    return this.#length > 0 ? [this.#take()] : []
  }

  #add(part: Buffer): void {
    const kept = part.subarray(0, Math.max(0, LIMITS.logLineBytes - this.#length))
    if (kept.length === 0) return
    this.#line.push(Buffer.from(kept))
    this.#length += kept.length
  }

  #take(): string {
    const text = Buffer.concat(this.#line).toString('utf8')
    this.#line = []
    this.#length = 0
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }
}

/** The last lines of an answer that is wholly there. */
export function tailOf(answer: Buffer): string[] {
  const lines = new Lines()
  const out = new Unframed().push(answer).flatMap((part) => lines.push(part))
  return [...out, ...lines.end()].slice(-LIMITS.logTailLines)
}

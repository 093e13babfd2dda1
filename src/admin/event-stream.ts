/**
 * A reading as server-sent events, at the reader's own pace: a slow one is left behind by the ring, and nothing waits
 * for it. Comments in between show both sides that the other is there.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Piece, Reading } from '../telemetry/live-ring.ts'
import type { AdminStream, StreamSink } from './message.ts'

export const eventStream = (reading: Reading, clock: Clock): AdminStream => ({
  open: (sink) => {
    const stream = new EventStream({ reading, clock, sink })
    return () => stream.close()
  },
})

interface EventStreamParts {
  readonly reading: Reading
  readonly clock: Clock
  readonly sink: StreamSink
}

class EventStream {
  readonly #parts: EventStreamParts
  readonly #leave: () => void
  #beat: Timer | undefined
  #isWritable = true
  #isAsked = false
  #isClosed = false

  constructor(parts: EventStreamParts) {
    this.#parts = parts
    const { reading, sink } = parts
    sink.onDrain(() => {
      this.#isWritable = true
      this.#ask()
    })
    this.#leave = reading.onMore(() => this.#ask())
    // At once, so that the reader knows that it is connected.
    this.#write(': coldfront\n\n')
    this.#ask()
  }

  close(): void {
    this.#isClosed = true
    this.#leave()
    this.#beat?.cancel()
  }

  /** In a later turn, so that whoever told something does not wait for its readers. */
  #ask(): void {
    if (this.#isAsked || this.#isClosed) return
    this.#isAsked = true
    this.#parts.clock.turn(() => {
      this.#isAsked = false
      if (!this.#isClosed) this.#pass()
    })
  }

  #pass(): void {
    const { reading, sink } = this.#parts
    for (let passed = 0; this.#isWritable; passed += 1) {
      if (passed === LIMITS.streamPiecesPerTurnMax) return this.#ask()
      const piece = reading.next()
      if (piece) this.#write(frameOf(piece))
      else if (reading.isOver) return sink.end()
      else return
    }
  }

  #write(text: string): void {
    const { clock, sink } = this.#parts
    this.#isWritable = sink.write(text)
    this.#beat?.cancel()
    this.#beat = clock.timer(LIMITS.streamBeatMs, () => {
      if (this.#isWritable) this.#write(':\n\n')
    })
  }
}

const frameOf = ({ id, text }: Piece): string => `id: ${id}\ndata: ${text}\n\n`

/** The two byte streams of an upgraded connection, with their bytes counted. */

import type { Fields, Reply, ResetCode, Sink, Source } from '../domain/exchange.ts'

export type Tunnel = ReturnType<Reply['tunnel']>

/** Where the counts go. */
export interface Counts {
  bytesIn: number
  bytesOut: number
}

class CountedSource implements Source {
  readonly #source: Source
  readonly #counts: Counts

  constructor(source: Source, counts: Counts) {
    this.#source = source
    this.#counts = counts
  }

  start(sink: Sink): void {
    this.#source.start({
      data: (bytes) => {
        this.#counts.bytesIn += bytes.byteLength
        return sink.data(bytes)
      },
      end: () => sink.end(),
      reset: (code) => sink.reset(code),
    })
  }

  demand(bytes: number): void {
    this.#source.demand(bytes)
  }

  reset(code: ResetCode): void {
    this.#source.reset(code)
  }
}

class CountedSink {
  readonly #sink: Tunnel['sink']
  readonly #counts: Counts

  constructor(sink: Tunnel['sink'], counts: Counts) {
    this.#sink = sink
    this.#counts = counts
  }

  data(bytes: Uint8Array): void {
    this.#counts.bytesOut += bytes.byteLength
    this.#sink.data(bytes)
  }

  end(_trailers?: Fields): void {
    this.#sink.end()
  }

  reset(code: ResetCode): void {
    this.#sink.reset(code)
  }

  onDemand(listener: (bytes: number) => void): void {
    this.#sink.onDemand(listener)
  }
}

/** The same tunnel, counting what goes through it. */
export const counted = ({ source, sink }: Tunnel, counts: Counts): Tunnel => ({
  source: new CountedSource(source, counts),
  sink: new CountedSink(sink, counts),
})

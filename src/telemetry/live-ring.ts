/**
 * What was told lately, for readers that come and go and each go at their own pace. All read the same bounded ring, so
 * a slow one holds nothing back: what it did not read in time is gone for it, and it is told how much that is.
 */

import { NumberedRing, type RingBounds } from '../lib/numbered-ring.ts'

/** Where a reader begins. */
export interface ReadFrom {
  /** The id of the last piece that the reader has; what came after it is told, as far as it is kept. */
  readonly after?: string | undefined
  /** Without `after`: so many of the newest pieces first. */
  readonly last?: number
  /** Only this topic. */
  readonly topic?: string | undefined
}

export interface Piece {
  readonly id: string
  /** JSON on one line. */
  readonly text: string
}

export interface Reading {
  /** The next piece; undefined when there is none now. */
  next(): Piece | undefined
  /** Nothing will be told any more. */
  readonly isOver: boolean
  /** `listener` is called whenever something was told, and at the end; returns what ends that. */
  onMore(listener: () => void): () => void
}

/** One thing told; `topic` is what readers choose by. */
interface Told {
  readonly topic: string
  readonly text: string
}

export class LiveRing {
  readonly ring: NumberedRing<Told>
  /** Of this process: numbers begin anew with each. */
  readonly #origin: string
  readonly #listeners = new Set<() => void>()
  /** Pieces that readers missed while they were reading. */
  lost = 0
  isOver = false

  constructor(origin: string, bounds: RingBounds) {
    this.#origin = origin
    this.ring = new NumberedRing(bounds)
  }

  /** Tells a text that is made from its number. */
  push(topic: string, textOf: (number: number) => string): Piece {
    const text = textOf(this.ring.last + 1)
    const id = this.idOf(this.ring.push({ topic, text }, text.length))
    for (const listener of this.#listeners) listener()
    return { id, text }
  }

  /** Tells the readers that this was all. */
  end(): void {
    this.isOver = true
    for (const listener of this.#listeners) listener()
  }

  read(from: ReadFrom = {}): Reading {
    return new RingReading(this, from)
  }

  onMore(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  idOf(number: number): string {
    return `${this.#origin}-${number}`
  }

  /** The number in an id of this ring; undefined for one of another process. */
  numberOf(id: string): number | undefined {
    const [origin, number = ''] = id.split('-')
    const isOurs = origin === this.#origin && /^\d{1,15}$/.test(number)
    return isOurs && Number(number) <= this.ring.last ? Number(number) : undefined
  }
}

class RingReading implements Reading {
  readonly #live: LiveRing
  readonly #topic: string | undefined
  /** The number of what was read last; undefined: of something that another process told. */
  #at: number | undefined
  #hasBegun = false

  constructor(live: LiveRing, { after, last = 0, topic }: ReadFrom) {
    this.#live = live
    this.#topic = topic
    this.#at = after === undefined ? this.#back(last) : live.numberOf(after)
  }

  get isOver(): boolean {
    return this.#live.isOver
  }

  onMore(listener: () => void): () => void {
    return this.#live.onMore(listener)
  }

  next(): Piece | undefined {
    const { ring } = this.#live
    // What is missing at the beginning was not lost by being slow.
    const isLate = this.#hasBegun
    this.#hasBegun = true
    if (this.#at === undefined || this.#at < ring.first - 1) return this.#gap(isLate)
    while (this.#at < ring.last) {
      this.#at += 1
      const told = ring.get(this.#at)
      if (told && this.#isWanted(told)) return { id: this.#live.idOf(this.#at), text: told.text }
    }
    return undefined
  }

  /** `missing` is left out when nobody knows how many. */
  #gap(isLate: boolean): Piece {
    const { first } = this.#live.ring
    const missing = this.#at === undefined ? undefined : first - 1 - this.#at
    if (isLate) this.#live.lost += missing ?? 0
    this.#at = first - 1
    return { id: this.#live.idOf(this.#at), text: JSON.stringify({ k: 'gap', missing }) }
  }

  #isWanted(told: Told): boolean {
    return this.#topic === undefined || told.topic === this.#topic
  }

  /** The place before the `count` newest pieces. */
  #back(count: number): number {
    const { ring } = this.#live
    let at = ring.last
    for (let left = count; left > 0 && at >= ring.first; at -= 1) {
      const told = ring.get(at)
      if (told && this.#isWanted(told)) left -= 1
    }
    return at
  }
}

/**
 * A request's body between the client and whoever takes it. While the request is held a bounded part is read and
 * kept in order, so that small requests leave their sockets and departures are seen; then it is a plain pass.
 */

import type { Fields, ResetCode, Sink, Source } from '../domain/exchange.ts'
import type { Incoming } from './incoming.ts'

/** The bytes that all held requests may keep together. */
export class HoldBudget {
  #left: number

  constructor(totalBytes: number) {
    this.#left = totalBytes
  }

  /** As much of `bytes` as is left. */
  reserve(bytes: number): number {
    const granted = Math.max(0, Math.min(bytes, this.#left))
    this.#left -= granted
    return granted
  }

  giveBack(bytes: number): void {
    this.#left += bytes
  }

  /** A new total; what is out stays counted. */
  resize(byBytes: number): void {
    this.#left += byBytes
  }
}

export interface HeldBodyParts {
  readonly source: Source
  readonly budget: HoldBudget
  /** Bytes to keep at most. */
  readonly holdMax: number
  /** The client waits for 100 (Continue) and sends nothing before. */
  readonly isAwaited: boolean
  /** Called once, when somebody wants the body: time for 100 (Continue). */
  wanted(): void
}

type BodyEnd = { readonly trailers: Fields | undefined } | { readonly code: ResetCode }

/** Counts what it passes. May be taken again by another sink as long as not a byte was passed. */
export class HeldBody implements Source {
  readonly #parts: HeldBodyParts
  #sink: Sink | undefined
  #kept: Uint8Array[] = []
  #reserved = 0
  /** Allowed by the sink and not yet passed. */
  #credit = 0
  /** Asked of the source and not yet come. */
  #asked = 0
  #isStarted = false
  #isWanted = false
  #end: BodyEnd | undefined
  #isOver = false
  /** Bytes passed on. */
  passed = 0

  constructor(parts: HeldBodyParts) {
    this.#parts = parts
  }

  /** Nothing was passed on, and nothing is broken: another sink may have it all. */
  get isWhole(): boolean {
    return this.passed === 0 && !this.#isOver && !(this.#end && 'code' in this.#end)
  }

  /** Reading has stopped, so that a departure would not be seen. */
  get isBlind(): boolean {
    return this.#end === undefined && this.#asked <= 0 && !this.#parts.isAwaited
  }

  /** Reads a part ahead, within the limit of one and the budget of all. */
  hold(): void {
    if (this.#isStarted) return
    this.#reserved = this.#parts.budget.reserve(this.#parts.holdMax)
    if (this.#reserved === 0) return
    this.#ask(this.#reserved)
  }

  start(sink: Sink): void {
    this.#sink = sink
    this.#begin()
    this.#pump()
  }

  /** The sink is gone; what it allowed does not count for the next one. */
  detach(): void {
    this.#sink = undefined
    this.#credit = 0
  }

  demand(bytes: number): void {
    if (this.#isOver) return
    if (!this.#isWanted) {
      this.#isWanted = true
      this.#parts.wanted()
    }
    this.#credit += bytes
    this.#pump()
  }

  reset(code: ResetCode): void {
    if (this.#isOver) return
    this.#finish()
    this.#parts.source.reset(code)
  }

  #begin(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#parts.source.start({
      data: (bytes) => this.#received(bytes),
      end: (trailers) => this.#ended({ trailers }),
      reset: (code) => this.#ended({ code }),
    })
  }

  #ask(bytes: number): void {
    this.#asked += bytes
    this.#begin()
    this.#parts.source.demand(bytes)
  }

  #received(bytes: Uint8Array): boolean {
    if (this.#isOver) return true
    this.#asked -= bytes.byteLength
    if (this.#sink && this.#kept.length === 0 && this.#credit > 0) return this.#pass(bytes)
    this.#kept.push(bytes)
    return false
  }

  #ended(end: BodyEnd): void {
    if (this.#isOver) return
    this.#end = end
    // A broken body is not worth delivering to its end.
    if ('code' in end) this.#forget()
    this.#pump()
  }

  #pass(bytes: Uint8Array): boolean {
    this.#credit -= bytes.byteLength
    this.passed += bytes.byteLength
    return this.#sink?.data(bytes) === true
  }

  #pump(): void {
    while (this.#sink && this.#credit > 0 && this.#kept.length > 0) {
      const bytes = this.#kept.shift()!
      this.#pass(bytes)
    }
    if (!this.#sink || this.#kept.length > 0 || this.#isOver) return
    this.#forget()
    if (this.#end) return this.#tellEnd(this.#sink, this.#end)
    const missing = this.#credit - this.#asked
    if (missing > 0) this.#ask(missing)
  }

  #tellEnd(sink: Sink, end: BodyEnd): void {
    this.#finish()
    if ('code' in end) sink.reset(end.code)
    else sink.end(end.trailers)
  }

  #forget(): void {
    this.#kept = []
    this.#parts.budget.giveBack(this.#reserved)
    this.#reserved = 0
  }

  #finish(): void {
    this.#isOver = true
    this.#sink = undefined
    this.#forget()
  }
}

/** The body of a request that has none. */
export const NO_BODY = {
  isWhole: true,
  isBlind: false,
  passed: 0,
  hold() {},
  start: (sink: Sink) => sink.end(),
  detach() {},
  demand() {},
  reset() {},
}

/** The body of a request that may have to wait. `wanted` is called when somebody begins to read it. */
export function bodyToHold(
  { head, body }: Pick<Incoming, 'head' | 'body'>,
  { budget, readMax }: { readonly budget: HoldBudget; readonly readMax: number },
  wanted: () => void,
): HeldBody | typeof NO_BODY {
  if (head.body === 'none') return NO_BODY
  // One more than the body has, so that its end is seen as well.
  const length = typeof head.body === 'number' ? head.body + 1 : Infinity
  const isAwaited = head.expectsContinue
  const holdMax = isAwaited ? 0 : Math.min(readMax, length)
  return new HeldBody({ source: body, budget, holdMax, isAwaited, wanted })
}

/**
 * Finished requests one by one, for those who watch. Nobody watches: it is not even subscribed. Under load it tells a
 * bounded number per second, what is out of the ordinary first, and how many it left out.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import type { Events, RequestRecord, Subscriber } from './events.ts'
import { LiveRing, type ReadFrom, type Reading } from './live-ring.ts'
import { pathOf, shorten } from './plain-text.ts'

export class RequestTail implements Subscriber {
  readonly #events: Events
  readonly #clock: Clock
  readonly #live: LiveRing
  #readers = 0
  #unsubscribe: (() => void) | undefined
  /** The second that is counted, and what was told and left out in it. */
  #second = 0
  #ordinary = 0
  #special = 0
  #leftOut = 0

  constructor(events: Events, clock: Clock) {
    this.#events = events
    this.#clock = clock
    this.#live = new LiveRing(clock.wall().toString(36), {
      countMax: LIMITS.requestsKeptMax,
      sizeMax: LIMITS.requestsKeptChars,
    })
  }

  /** From now on; `topic` is a function. Costs something from `onMore` until what that returned is called. */
  read(from: ReadFrom): Reading {
    const reading = this.#live.read(from)
    return {
      next: () => reading.next(),
      get isOver() {
        return reading.isOver
      },
      onMore: (listener) => {
        const leave = reading.onMore(listener)
        this.#enter()
        return () => {
          leave()
          this.#exit()
        }
      },
    }
  }

  request(r: RequestRecord): void {
    const second = Math.floor(this.#clock.now() / 1_000)
    if (second !== this.#second) this.#begin(second)
    const isOrdinary = r.start === 'warm' && r.status < 500
    const told = isOrdinary ? this.#ordinary : this.#special
    const most = isOrdinary ? LIMITS.requestsToldPerSecond : LIMITS.specialRequestsToldPerSecond
    if (told >= most) return void (this.#leftOut += 1)
    if (isOrdinary) this.#ordinary += 1
    else this.#special += 1
    this.#live.push(r.fn ?? '', (id) => textOf(r, id))
  }

  #begin(second: number): void {
    if (this.#leftOut > 0) {
      const requests = this.#leftOut
      this.#live.push('', (id) => JSON.stringify({ id, k: 'left_out', requests }))
    }
    this.#second = second
    this.#ordinary = this.#special = this.#leftOut = 0
  }

  #enter(): void {
    this.#readers += 1
    this.#unsubscribe ??= this.#events.subscribe(this)
  }

  #exit(): void {
    this.#readers -= 1
    if (this.#readers > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }
}

/** Of the target the path alone: a query may hold secrets. */
function textOf(r: RequestRecord, id: number): string {
  const { at, fn, instance, start, method, status, client, outcome, error, wake } = r
  const { bytesIn, bytesOut, holdMs, connectMs, firstByteMs, totalMs, overheadMs, upgraded } = r
  return JSON.stringify({
    id,
    k: 'request',
    at,
    request: shorten(r.id),
    fn,
    instance,
    start,
    method: shorten(method),
    host: shorten(r.host),
    path: pathOf(r.target),
    client,
    status,
    outcome,
    error,
    bytesIn,
    bytesOut,
    holdMs,
    connectMs,
    firstByteMs,
    totalMs,
    overheadMs,
    upgraded,
    wake,
  })
}

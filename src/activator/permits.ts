/**
 * Start permits: how many starts may be out at once on this host, fair between functions. A start that
 * has no permit waits here and can be withdrawn, which is how a wake whose waiters all left is cancelled.
 */

import { Fifo, type Place } from '../lib/fifo.ts'
import type { FunctionId } from '../domain/ids.ts'

/** The right to have one start out. Given back once; giving it back again does nothing. */
export interface Permit {
  release(): void
}

/** A permit that was taken for a start that nobody waits for. */
interface Idle {
  /** Somebody wants a start and finds no permit: whoever has this one may give it back. */
  readonly wanted: () => void
}

interface Request {
  readonly fn: FunctionId
  readonly granted: (permit: Permit) => void
}

/** A place in the line. `withdraw` is false when the permit was granted already. */
export interface PermitRequest {
  withdraw(): boolean
}

export class StartPermits {
  #free: number
  #out = 0
  #idle: Idle | undefined
  readonly #quiet: () => void
  /** One line per function; the order of the map's keys is the order of turns. */
  readonly #lines = new Map<FunctionId, Fifo<Request>>()

  /** `concurrent`: starts out at once, at least 1. `quiet` hears when none is out any more. */
  constructor(concurrent: number, quiet: () => void = () => undefined) {
    this.#free = concurrent
    this.#quiet = quiet
  }

  /** Asks for a permit. `granted` may run before this returns. */
  request(fn: FunctionId, granted: (permit: Permit) => void): PermitRequest {
    let line = this.#lines.get(fn)
    if (!line) this.#lines.set(fn, (line = new Fifo()))
    const place = line.push({ fn, granted })
    if (this.#free <= 0) this.#idle?.wanted()
    this.#grant()
    return { withdraw: () => this.#withdraw(fn, place) }
  }

  /**
   * A permit for a start that nobody waits for: one at a time, and only while nothing else starts. `wanted` is called
   * each time somebody asks and finds none.
   */
  takeIdle(wanted: () => void): Permit | undefined {
    if (this.#out > 0 || this.#free <= 0 || this.#lines.size > 0) return undefined
    const idle: Idle = { wanted }
    this.#idle = idle
    return this.#take(() => {
      if (this.#idle === idle) this.#idle = undefined
    })
  }

  /** A reload changed the number; permits that are out stay out. */
  resize(by: number): void {
    this.#free += by
    this.#grant()
  }

  #withdraw(fn: FunctionId, place: Place<Request>): boolean {
    const line = this.#lines.get(fn)
    if (!line?.remove(place)) return false
    if (line.size === 0) this.#lines.delete(fn)
    return true
  }

  #grant(): void {
    while (this.#free > 0) {
      const next = this.#lines.entries().next()
      if (next.done) return
      const [fn, line] = next.value
      const request = line.shift()
      // The function goes to the end of the turn order, so that one with many starts does not shut out the rest.
      this.#lines.delete(fn)
      if (line.size > 0) this.#lines.set(fn, line)
      if (!request) continue
      request.granted(this.#take())
    }
  }

  #take(released: () => void = () => undefined): Permit {
    this.#free -= 1
    this.#out += 1
    let out = true
    return {
      release: () => {
        if (!out) return
        out = false
        this.#free += 1
        this.#out -= 1
        released()
        this.#grant()
        if (this.#out === 0) this.#quiet()
      },
    }
  }
}

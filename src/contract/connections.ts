/**
 * The connections to one run of an instance. Kept by run and never by address: after a restart another
 * container may own the address. Promises a bounded number, newest first, and that `close` leaves none behind.
 */

import type { Lease } from '../domain/admission.ts'
import { GatewayError } from '../domain/errors.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import { type Connection, dial } from './connection.ts'

export interface Wish {
  /** `any`: an unused one will do. `recent`: only if used lately. `new`: none that was used before. */
  readonly age: 'any' | 'recent' | 'new'
  /** Says where to, how long connecting may take and how many connections there may be. */
  readonly lease: Lease
  /** Called once, maybe in the same turn, unless the wish was withdrawn. */
  granted(connection: Connection): void
  refused(error: Error): void
}

export class Connections {
  readonly #clock: Clock
  readonly #emptied: () => void
  /** The most recently used last. */
  readonly #idle: Connection[] = []
  readonly #busy = new Set<Connection>()
  /** Each ends an attempt to connect. */
  readonly #dialed = new Set<(reason: Error) => void>()
  #closed: Error | undefined

  /** `emptied` is called whenever the last connection has gone. */
  constructor(clock: Clock, emptied: () => void) {
    this.#clock = clock
    this.#emptied = emptied
  }

  get size(): number {
    return this.#idle.length + this.#busy.size + this.#dialed.size
  }

  /** Grants a connection as soon as there is one; the returned function withdraws the wish. */
  take(wish: Wish): () => void {
    if (this.#closed) {
      wish.refused(this.#closed)
      return () => {}
    }
    const unused = this.#pick(wish)
    if (unused) {
      this.#idle.pop()
      this.#busy.add(unused)
      wish.granted(unused)
      return () => {}
    }
    const oldest = this.#idle[0]
    if (oldest && this.size >= wish.lease.fn.concurrency) this.#drop(oldest)
    if (this.size < LIMITS.upstreamConnectionsMax) return this.#dial(wish)
    wish.refused(new GatewayError('GATEWAY_FULL', `${this.size} connections to one run`))
    return () => {}
  }

  /** Gives back what was granted; it is used again if it still can be. */
  give(connection: Connection): void {
    this.#busy.delete(connection)
    connection.usedAt = this.#clock.now()
    connection.unhold()
    if (connection.isOpen) this.#idle.push(connection)
    else this.#drop(connection)
  }

  /** `all` is for good: what is in flight is reset, and nothing is granted any more. */
  close(which: 'idle' | 'all', reason: Error): void {
    for (const connection of this.#idle.splice(0)) this.#drop(connection, reason)
    if (which === 'idle') return
    this.#closed = reason
    for (const stop of this.#dialed) stop(reason)
    for (const connection of this.#busy) connection.destroy(reason)
  }

  #pick({ age }: Wish): Connection | undefined {
    if (age === 'new') return undefined
    const newest = this.#idle.at(-1)
    const ageMs = this.#clock.now() - (newest?.usedAt ?? 0)
    return age === 'recent' && ageMs > LIMITS.upstreamFreshMs ? undefined : newest
  }

  #dial(wish: Wish): () => void {
    const settle = (): void => {
      this.#dialed.delete(stop)
    }
    const { endpoint, fn } = wish.lease
    const dialing = { endpoint, clock: this.#clock, timeoutMs: fn.timeouts.connectMs }
    const withdraw = dial(dialing, (result) => {
      settle()
      if (result instanceof Error) return this.#refuse(wish, result)
      this.#busy.add(result)
      result.onClosed(() => this.#drop(result))
      wish.granted(result)
    })
    const stop = (reason: Error): void => {
      withdraw()
      settle()
      this.#refuse(wish, reason)
    }
    this.#dialed.add(stop)
    return () => {
      withdraw()
      settle()
      this.#tell()
    }
  }

  #refuse(wish: Wish, error: Error): void {
    wish.refused(error)
    this.#tell()
  }

  #drop(connection: Connection, reason?: Error): void {
    const place = this.#idle.indexOf(connection)
    if (place >= 0) this.#idle.splice(place, 1)
    this.#busy.delete(connection)
    connection.destroy(reason)
    this.#tell()
  }

  #tell(): void {
    if (this.size === 0) this.#emptied()
  }
}

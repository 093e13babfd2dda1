/**
 * Connections to one run of one instance. A connection never serves another run: after a restart another
 * container may own the address. The most recently used is taken first, so that the others can fall idle.
 */

import type { NetConnectOpts } from 'node:net'
import { ClientConnection } from './client-connection.ts'
import type { ClientShared, Home } from './response-owner.ts'

export interface PoolLimits {
  /** An unused connection is closed after this long. */
  readonly idleMs: number
  /** The same where the upstream promises more in `Keep-Alive: timeout`. */
  readonly idleMaxMs: number
  /** Taken off what the upstream promises. */
  readonly idleSlackMs: number
  /** A request that must not be sent twice takes only a connection used this recently. */
  readonly freshMs: number
}

export interface PoolParts {
  readonly address: NetConnectOpts
  readonly shared: ClientShared
  readonly limits: PoolLimits
  /** Called whenever the last connection has gone. */
  readonly emptied: () => void
}

export class UpstreamPool implements Home {
  readonly #parts: PoolParts
  /** The last is the most recently used. */
  readonly #idle: ClientConnection[] = []
  readonly #all = new Set<ClientConnection>()
  /** Connections on their way without a request. */
  readonly #knocks = new Map<ClientConnection, (accepted: boolean) => void>()
  #closed = false
  /** For connections made from now on: how long establishing one may take, and how many there may be. */
  connectMs = Infinity
  connectionsMax = Infinity

  constructor(parts: PoolParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#all.size
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * An unused connection or a new one; undefined when there are `connectionsMax`. `repeatable`: the request
   * may be sent again if the upstream closes the connection at the moment it is sent (RFC 9112 §9.3.1).
   */
  take(repeatable: boolean): ClientConnection | undefined {
    return this.hasUnused(repeatable) ? this.#idle.pop() : this.fresh()
  }

  /** Whether `take` would give an unused connection. */
  hasUnused(repeatable: boolean): boolean {
    const last = this.#idle.at(-1)
    if (last === undefined) return false
    return repeatable || last.unusedMs < this.#parts.limits.freshMs
  }

  /** A new connection; undefined when there are `connectionsMax`, or the run is over. */
  fresh(): ClientConnection | undefined {
    if (this.#closed) return undefined
    if (this.#all.size >= this.connectionsMax) {
      const oldest = this.#idle[0]
      if (oldest === undefined) return undefined
      oldest.destroy()
    }
    return this.#connect(this.connectMs)
  }

  /**
   * Connects without a request, and tells once whether that was accepted: if so there is an unused connection
   * now. It is kept only while any request may go out on it (`freshMs`), since an app that serves one
   * connection at a time would wait for a request on this one. Returns what gives up.
   */
  knock(told: (accepted: boolean) => void): () => void {
    const connection = this.#connect(Infinity)
    this.#knocks.set(connection, told)
    return () => {
      if (this.#knocks.has(connection)) connection.destroy()
    }
  }

  #connect(connectMs: number): ClientConnection {
    const { address, shared } = this.#parts
    const connection = new ClientConnection(address, { ...shared, connectMs }, this)
    this.#all.add(connection)
    return connection
  }

  /** From the connection: it carries nothing and may be used again. */
  free(connection: ClientConnection, keepAlive: string | undefined): void {
    const isNew = this.#knocks.size > 0 && this.#knocks.has(connection)
    const idleMs = isNew ? this.#parts.limits.freshMs : this.#idleMs(keepAlive)
    if (this.#closed || idleMs <= 0) return connection.destroy()
    connection.deadline = connection.freedAt + idleMs
    this.#idle.push(connection)
    if (isNew) this.#answer(connection, true)
  }

  gone(connection: ClientConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#all.size === 0) this.#parts.emptied()
    this.#answer(connection, false)
  }

  #answer(connection: ClientConnection, accepted: boolean): void {
    const told = this.#knocks.get(connection)
    this.#knocks.delete(connection)
    told?.(accepted)
  }

  /** Closes what carries nothing. */
  closeIdle(): void {
    for (const connection of this.#idle.slice()) connection.destroy()
  }

  /** The run is over: all connections end now, and no new one is made. */
  close(cause: string): void {
    this.#closed = true
    for (const connection of this.#all) connection.abort(cause)
  }

  #idleMs(keepAlive: string | undefined): number {
    const { idleMs, idleMaxMs, idleSlackMs } = this.#parts.limits
    if (keepAlive === undefined) return idleMs
    const promised = /(?:^|[,; \t])timeout=(\d{1,6})/i.exec(keepAlive)
    if (promised === null) return idleMs
    return Math.min(idleMaxMs, Number(promised[1]) * 1_000 - idleSlackMs)
  }
}

/** What a connection to an upstream and those who use it know of each other. */

import type { ErrorCode } from '../domain/errors.ts'
import type { Fields } from '../domain/exchange.ts'
import type { Framing } from './body.ts'
import type { ClientConnection } from './client-connection.ts'
import type { Deadlines } from './deadlines.ts'
import type { Head } from './record.ts'

/** What the connection tells who sent the request. After `responseEnd` or `failed` nothing more. */
export interface ResponseOwner {
  /** The connection is established; not told when it was before. */
  connected(): void
  /** An interim response other than 101. `head` is valid in this call. */
  interim(head: Head): void
  /** The final response, or 101. `head` is valid in this call. */
  responseHead(head: Head, framing: Framing): void
  /**
   * Content, or bytes of the tunnel, lent for this call. False: more than LENT_MAX bytes, and somebody
   * still reads them.
   */
  responseData(bytes: Buffer, at: number, end: number): boolean
  /** The response, or the upstream's half of the tunnel, is complete. */
  responseEnd(trailers: Fields | undefined): void
  /** Nothing (more) will come. `sent`: a byte of the request may have reached the upstream. */
  failed(code: ErrorCode, sent: boolean, cause: string): void
  /** What was written has left. */
  requestDrained(): void
  /** No more bytes in this turn. */
  responseTurn(): void
  /** The deadline that the owner set has gone by. */
  expired(now: number): void
}

export interface ClientShared {
  readonly deadlines: Deadlines
  /** Filled anew by each response. */
  readonly head: Head
}

/** Where unused connections go, and those that ended are forgotten. */
export interface Home {
  free(connection: ClientConnection, keepAlive: string | undefined): void
  gone(connection: ClientConnection): void
}

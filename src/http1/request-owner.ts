/** What a client's connection and those who serve its requests know of each other. */

import type { ErrorCode } from '../domain/errors.ts'
import type { Fields, ResetCode } from '../domain/exchange.ts'
import type { Deadlines } from './deadlines.ts'
import type { Head } from './record.ts'
import type { ServerConnection } from './server-connection.ts'

/** Serves one request. Called in turn order; nothing after `clientGone`. */
export interface RequestOwner {
  /** Content, or bytes of the tunnel. True: they are the caller's again. False: somebody still reads them. */
  requestData(bytes: Buffer, at: number, end: number): boolean
  /** The body, or the client's half of the tunnel, is complete. */
  requestEnd(trailers: Fields | undefined): void
  /** The client is gone, broke the framing or was too slow: the connection answers what is to be answered. Or the gateway closes. */
  clientGone(code: ResetCode): void
  /** No more bytes in this turn: the time to pass on what was written. */
  requestTurn(): void
  /** What was written has left. */
  replyDrained(): void
}

export interface Service {
  /** A request's head is in `connection.head`, valid in this turn. */
  request(connection: ServerConnection): RequestOwner
  /** Writes the answer to what cannot be served: `reply.begin` … `endReply`. */
  refuse(connection: ServerConnection, code: ErrorCode, reason: string): void
}

export interface ServerLimits {
  /** From a head's first byte, or the connection's begin, to its end. */
  readonly headTimeoutMs: number
  /** Between requests. */
  readonly keepAliveMs: number
  /** Bytes of a body, or of following requests, held while nobody reads them. */
  readonly holdMax: number
  /** A body that is read must bring so many bytes in each window. */
  readonly bodyRateMin: { readonly bytes: number; readonly perMs: number }
  /** For a complete reply to leave. */
  readonly flushMs: number
  /** After the last reply, what still comes is discarded for so long and so many bytes. */
  readonly linger: { readonly ms: number; readonly bytes: number }
}

/** What all connections of a listener share. `head` is filled anew by each request; limits may change. */
export interface ServerShared {
  readonly service: Service
  limits: ServerLimits
  readonly deadlines: Deadlines
  head: Head
  readonly closed: (connection: ServerConnection) => void
}

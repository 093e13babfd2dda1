/**
 * What a listener hands to the rest of the proxy: one request of a client, its syntax checked and nothing yet
 * decided. Whatever speaks a wire protocol (node:http, an engine of our own, HTTP/2) makes these.
 */

import type { BodyKind, Fields, Reply, ResetCode, Source } from '../domain/exchange.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { Answer } from './respond.ts'

/** The connection that a request came on. */
export interface Link {
  /** The other end's address as it is, trusted proxies not taken into account; empty on a unix socket. */
  readonly address: string
  /** Our own port; 0 on a unix socket. */
  readonly port: number
  readonly proto: 'http' | 'https'
}

/** A request's head, framing and authority resolved, fields untouched. */
export interface IncomingHead {
  readonly method: string
  /** Origin-form, or `*`. */
  readonly target: string
  readonly version: '1.0' | '1.1' | '2'
  /** Lower case, without port and trailing dot. */
  readonly host: string
  /** Host and port as the client wrote them; of an absolute-form target, its authority. */
  readonly authority: string
  /** As they came, hop-by-hop ones included. */
  readonly fields: Fields
  readonly body: BodyKind
  /** What Upgrade asks for, `h2c` left out, where the request may be upgraded at all. */
  readonly upgrade: string | undefined
  readonly expectsContinue: boolean
  /** Of OPTIONS. */
  readonly maxForwards: number | undefined
  /** The request is not acceptable: to be answered with this and nothing else. */
  readonly fault: ErrorCode | undefined
}

/** Hears what befalls a request. */
export interface Fate {
  /** The client went away, or broke the framing of its body. At most once. */
  gone(code: ResetCode): void
  /** A callback threw: a fault of the gateway, confined to this request. */
  crashed(error: unknown): void
}

export interface Incoming {
  readonly head: IncomingHead
  readonly link: Link
  /** Monotonic ms. */
  readonly arrivedAt: number
  readonly body: Source
  /** Takes fields after policy and adds what framing needs. Throws, with nothing sent, on a head that cannot be written. */
  readonly reply: Reply
  /** Once. Told at once if it has happened before. */
  watch(fate: Fate): void
  /** Makes this the last request of its connection, and says so in the response's head where that is still to come. */
  last(): void
}

/** What a listener calls. None of it throws. */
export interface Handler {
  request(incoming: Incoming): void
  /** Bytes that never became a request: what to answer before the connection ends. */
  rubbish(code: ErrorCode, link: Link): Answer
  /** A fault of the listener itself; the connection that met it is gone. */
  crashed(error: unknown): void
}

/** Where to listen: `host` empty means every address, port 0 a free one. */
export type ListenAddress =
  | { readonly k: 'tcp'; readonly host: string; readonly port: number }
  | { readonly k: 'unix'; readonly path: string }

export interface ListenerLimits {
  readonly headMax: number
  readonly fieldsMax: number
  readonly targetMax: number
  readonly headTimeoutMs: number
  readonly keepAliveMs: number
  readonly connectionsMax: number
}

export interface Listener {
  /** Resolves with the address that it really has. Rejects when the address cannot be had. */
  listen(address: ListenAddress): Promise<ListenAddress>
  /** For requests that begin from now on. */
  reconfigure(limits: ListenerLimits): void
  /** Accepts no more, and closes connections that carry nothing. Idempotent. */
  stop(): void
  /** Ends every connection, whatever it carries; resolves when none is left. */
  cut(): Promise<void>
}

/**
 * One exchange, whatever the protocol: a request with its response, or an upgraded connection.
 * No IncomingMessage and no Socket leaves the module that owns it; the two sides meet in these interfaces.
 *
 * Flow control is by credit, in bytes. Data beyond the credit is a programming error of the sender of at
 * most one chunk: a sender may finish the chunk that crosses the limit, and then waits.
 */

/** Header fields as they came: name, value, name, value, … in latin1, order and case kept. */
export type Fields = readonly string[]

/** Why one side gave up. */
export type ResetCode =
  /** The client closed or reset its connection. */
  | 'client_gone'
  /** The client broke the framing, or sent fewer bytes than announced. */
  | 'client_broken'
  /** The instance closed, reset or broke the framing. */
  | 'upstream_broken'
  /** A named timeout ran out. */
  | 'timeout'
  /** The gateway is closing and the drain is over. */
  | 'closing'
  /** The side that calls needs no more. */
  | 'cancelled'

/** What follows the head: nothing, a known number of bytes, or a stream of unknown length. */
export type BodyKind = 'none' | 'stream' | number

export interface RequestHead {
  /** Case-sensitive, unknown ones included. */
  readonly method: string
  /** Origin-form (or `*`), raw bytes as latin1, never normalised. */
  readonly target: string
  readonly version: '1.0' | '1.1' | '2'
  /** Lower case, without port and trailing dot: what routing matched on. */
  readonly host: string
  /** End-to-end fields, after policy: hop-by-hop ones are gone; Host, Via, Forwarded, X-Request-Id are there. */
  readonly fields: Fields
  readonly body: BodyKind
  /** The protocol asked for in `Upgrade`, when the request may be upgraded. */
  readonly upgrade: string | undefined
  /** The client waits for 100 (Continue): `reply.interim(100)` lets the body flow. */
  readonly expectsContinue: boolean
}

/** Who asks, after trusted proxies are taken into account. */
export interface Peer {
  /** The client's address, without port. */
  readonly address: string
  /** Whether the connection itself came from a trusted proxy or loopback. */
  readonly trusted: boolean
  readonly proto: 'http' | 'https'
}

/** Receives a body. After `end` or `reset` nothing more is called. */
export interface Sink {
  /** True: the bytes have been read and are the giver's again. Else they belong to the receiver from now on. */
  data(bytes: Uint8Array): boolean | void
  end(trailers?: Fields): void
  reset(code: ResetCode): void
}

/** Gives a body. Nothing flows before `start` and without `demand`. */
export interface Source {
  /** Once. Bytes held so far come first. */
  start(sink: Sink): void
  /** Allows `bytes` more. */
  demand(bytes: number): void
  /** The receiver wants no more. */
  reset(code: ResetCode): void
}

/** The way back to the client. Order: `interim`*, then `head` (or `tunnel`) once, `data`*, then `end` or `reset` once. */
export interface Reply extends Sink {
  /** A 1xx other than 101; dropped where the client's version has none. */
  interim(status: number, fields: Fields): void
  /** `fields` are the upstream's, hop-by-hop included; policy is applied here. */
  head(status: number, fields: Fields, body: BodyKind): void
  /** Registers who hears how many more bytes the client can take. Called at once with the first credit. */
  onDemand(listener: (bytes: number) => void): void
  /** Answers 101 and turns the connection into two byte streams, each ending on its own. */
  tunnel(fields: Fields): {
    source: Source
    sink: Sink & { onDemand(listener: (bytes: number) => void): void }
  }
}

export interface Exchange {
  readonly head: RequestHead
  readonly body: Source
  readonly reply: Reply
  readonly peer: Peer
  /** The client went away, or the gateway gave up on it. Called at most once, at once if it happened before. */
  onGone(listener: (code: ResetCode) => void): void
  /** Told by the contract, for the record: the connection is there (again after a retry); the response's first byte came. */
  mark?(point: 'connected' | 'first_byte'): void
}

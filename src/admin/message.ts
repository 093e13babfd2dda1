/** A request to the admin listener and its answer as plain values, so that rules and routes need no server. */

/** Where the listener listens: the socket of the state directory, a loopback address, or an address others reach. */
export type Reach = 'unix' | 'loopback' | 'network'

export interface AdminRequest {
  readonly reach: Reach
  readonly method: string
  /** Without query. */
  readonly path: string
  /** What follows the `?`; empty without one. */
  readonly query: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly via?: string | undefined
  /** Sec-Fetch-Site and Sec-Fetch-Dest, as browsers send them to loopback (W3C Fetch Metadata). */
  readonly fetchSite?: string | undefined
  readonly fetchDest?: string | undefined
  readonly lastEventId?: string | undefined
  readonly accept?: string | undefined
  /** As text; empty without one. */
  readonly body?: string
}

export interface AdminAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly fields?: Readonly<Record<string, string>>
}

/** An answer that is written piece by piece, a turn of the event loop for each: a long one holds up nobody. */
export interface AdminPieces {
  readonly status: number
  readonly type: string
  readonly pieces: AsyncIterable<string>
}

/** Where a stream's text goes. */
export interface StreamSink {
  /** False: the reader is slow, wait for `onDrain`. */
  write(text: string): boolean
  onDrain(listener: () => void): void
  end(): void
}

/** An answer without an end. */
export interface AdminStream {
  /** Begins to write; returns what to call when the reader is gone. */
  readonly open: (sink: StreamSink) => () => void
}

export const isStream = (answer: object): answer is AdminStream => 'open' in answer

export const isInPieces = (answer: object): answer is AdminPieces => 'pieces' in answer

export const json = (status: number, value: unknown): AdminAnswer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value, undefined, 2)}\n`,
})

export const plain = (status: number, body: string): AdminAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

/** An error as RFC 9457 has it. */
export const problem = (
  status: number,
  title: string,
  detail: string,
  fields: Readonly<Record<string, string>> = {},
): AdminAnswer => ({
  ...json(status, { type: 'about:blank', title, status, detail }),
  type: 'application/problem+json',
  fields,
})

export const tokenNeeded = (): AdminAnswer =>
  problem(
    401,
    'Token needed',
    'Send "Authorization: Bearer …" with the token from the file "token" in the state directory.',
    { 'www-authenticate': 'Bearer' },
  )

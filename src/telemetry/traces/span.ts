/** A span as the gateway writes it: plain values, made when what it tells of is over. Times are wall-clock ms with fractions. */

/** Names a span; ids in hex. */
export interface SpanRef {
  readonly traceId: string
  readonly spanId: string
}

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface Span extends SpanRef {
  readonly parentId: string | undefined
  readonly name: string
  /** OpenTelemetry's word for the side that it tells of. */
  readonly kind: 'server' | 'client' | 'internal'
  readonly start: number
  readonly end: number
  /** Undefined ones are left out. */
  readonly attributes?: Attributes
  /** What it has to do with in other traces. */
  readonly links?: readonly SpanRef[]
  /** Moments in it. */
  readonly moments?: readonly { readonly name: string; readonly at: number }[]
  /** It failed. */
  readonly failed?: boolean
}

/** Makes the id of a span. */
export type NewId = () => string

/** Traces: where spans are sent, and of how many requests. */

export interface TraceSpec {
  /** Takes OTLP over HTTP. */
  readonly endpoint: string
  /** Sent with each batch; they hold keys and are never shown anywhere. */
  readonly headers: Readonly<Record<string, string>>
  /** The share of requests that begin a trace here, 0 to 1. */
  readonly sample: number
  /** What the gateway is called in traces. */
  readonly serviceName: string
}

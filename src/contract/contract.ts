/** How one kind of function is known to be ready, and how an exchange with it is opened. */

import type { Lease } from '../domain/admission.ts'
import type { Exchange } from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { RunId } from '../domain/ids.ts'
import type { Relay } from '../http1/relay.ts'
import type { Running } from '../runtime/runtime.ts'

/** What the probe saw. */
export interface ProbeReport {
  readonly attempts: number
  /** Last refused attempt → accepted one, in ms; 0 when the first was accepted. */
  readonly slackMs: number
}

export interface Contract {
  /**
   * Resolves as soon as the instance is ready; a connection that showed it may be kept for the run, until `close`.
   * Rejects only when `signal` is aborted, with its reason. Touches no exchange.
   */
  ready(running: Running, fn: FunctionSpec, signal: AbortSignal): Promise<ProbeReport>
  /** It is being resumed: an exchange may soon follow. Whatever is got ready for it goes by itself, or with `close`. */
  expect?(running: Running): void
  /**
   * Passes the exchange on and releases the lease exactly once, when both directions have ended. Writes no
   * response of its own: a failure before the response's head is told by the outcome alone, and the caller answers.
   */
  open(lease: Lease, exchange: Exchange): void
  /**
   * Passes on a request that came on HTTP/1.1 where the instance speaks it too, head and body as bytes. The
   * relay's subclass releases the lease. False, with nothing done: this one has to be opened. Absent where the
   * contract knows no relays.
   */
  relay?(lease: Lease, relay: Relay): boolean
  /** `idle`: close upstream connections that carry nothing (before a pause). `all`: reset what is in flight too (the run is over). */
  close(run: RunId, which: 'idle' | 'all'): void
}

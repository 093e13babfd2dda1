/**
 * Which requests are traced, decided once, at the head (W3C Trace Context, OpenTelemetry's parent-based sampling): a
 * trusted peer's decision is kept; without one a share of the requests is taken, by their trace id.
 */

import type { RequestTrace } from '../telemetry/events.ts'
import { type Identifiers, newTraceparent } from './identifiers.ts'

/** Of a trace id, what chance decides by: the last 52 bits, which a number holds exactly. */
const CHANCE_DIGITS = 13

export class Tracing {
  readonly #identifiers: Identifiers
  /** As hex: texts of one length are in the order of their numbers. */
  readonly #below: string

  /** `share` of the requests without a parent, 0 to 1. */
  constructor(identifiers: Identifiers, share: number) {
    this.#identifiers = identifiers
    const below = Math.round(share * 16 ** CHANCE_DIGITS)
    // For all of them it is beyond every digit.
    this.#below = share < 1 ? below.toString(16).padStart(CHANCE_DIGITS, '0') : 'g'
  }

  /**
   * `given`: a valid traceparent that counts. The trace where the request is sampled; else the traceparent to write,
   * which says that it is not, or undefined where the one that came says so already.
   */
  begin(
    given: string | undefined,
    scheme: RequestTrace['scheme'],
  ): RequestTrace | string | undefined {
    const ids = this.#identifiers
    if (given !== undefined) {
      if (!isSampled(given)) return undefined
      const [traceId, parentId] = [given.slice(3, 35), given.slice(36, 52)]
      return { traceId, parentId, spanId: ids.spanId(), upstreamId: ids.spanId(), scheme }
    }
    // One piece of chance, as with traces off: what is not sampled costs 0.04 µs more than that.
    const own = ids.traceIds()
    const traceId = own.slice(0, 32)
    if (!(traceId.slice(-CHANCE_DIGITS) < this.#below)) return newTraceparent(own, '00')
    const spanId = own.slice(32)
    return { traceId, parentId: undefined, spanId, upstreamId: ids.spanId(), scheme }
  }
}

const isSampled = (traceparent: string): boolean =>
  (parseInt(traceparent.slice(53, 55), 16) & 1) === 1

/** What the function is told: its spans are children of the request's upstream span. */
export const traceparentOf = ({ traceId, upstreamId }: RequestTrace): string =>
  `00-${traceId}-${upstreamId}-01`

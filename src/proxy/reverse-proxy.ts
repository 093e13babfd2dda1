/** The data plane as one thing: listeners, the policy of the moment, and every request under way. */

import type { Contract } from '../contract/contract.ts'
import type { Admission } from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { FunctionId } from '../domain/ids.ts'
import type { Clock } from '../lib/clock.ts'
import type { FillRandom } from '../lib/random-hex.ts'
import type { Events } from '../telemetry/events.ts'
import { rubbishRecord } from './account.ts'
import { Passage } from './exchange.ts'
import { HoldBudget } from './held-body.ts'
import { Identifiers } from './identifiers.ts'
import type { Incoming, Link, ListenAddress, Listener, ListenerLimits } from './incoming.ts'
import type { Lane } from './http1/lane.ts'
import { WireListener, type WireHandler } from './http1/listener.ts'
import { isUsual } from './http1/relay-heads.ts'
import { type Over, Relayed } from './http1/relayed.ts'
import { WireRequest } from './http1/request.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import type { RequestOwner } from '../http1/request-owner.ts'
import { ProgressBoard } from './progress-board.ts'
import { isProgress } from './progress-stream.ts'
import { type Answer, answerOf } from './respond.ts'
import { DateField, type Timing } from './response-fields.ts'
import type { Router } from './router.ts'
import { InFlight, type Surroundings, faultNotice } from './surroundings.ts'
import { Tracing } from './tracing.ts'
import { TrustedProxies } from './trusted-proxies.ts'
import { WakeRate, type WakeRateLimits } from './wake-rate.ts'

/** What the configuration says about requests; a `Config` is one. */
export interface ReverseProxyOptions {
  /** CIDRs or addresses. */
  readonly trustedProxies: readonly string[]
  readonly timing: Timing
  /** Bytes of request bodies read while they are held: of one, of all. */
  readonly hold: { readonly readMax: number; readonly readTotalMax: number }
  readonly request: ListenerLimits
  /** Wakes by one client address; left out: no limit. */
  readonly wakeRate?: WakeRateLimits
  /** The share of requests that are traced, 0 to 1; left out: none is, and what came goes on as it is. */
  readonly traces?: { readonly sample: number } | undefined
}

export interface ReverseProxyParts {
  readonly admission: Admission
  readonly contract: Contract
  readonly events: Events
  readonly clock: Clock
  /** For request and trace ids. */
  readonly fillRandom: FillRandom
  readonly router: Router
  readonly options: ReverseProxyOptions
}

const UNLIMITED: WakeRateLimits = { burst: Infinity, perMs: Infinity }

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class ReverseProxy implements WireHandler, Over {
  readonly #parts: ReverseProxyParts
  readonly #identifiers: Identifiers
  readonly #budget: HoldBudget
  readonly #inFlight = new InFlight()
  readonly #date: DateField
  readonly #passages = new Set<Passage>()
  /** Requests that are relayed. */
  #relays = 0
  readonly #listeners: Listener[] = []
  readonly #around: Writable<Surroundings>
  #options: ReverseProxyOptions
  #onIdle: (() => void) | undefined

  constructor(parts: ReverseProxyParts) {
    this.#parts = parts
    this.#identifiers = new Identifiers(parts.fillRandom)
    this.#budget = new HoldBudget(parts.options.hold.readTotalMax)
    this.#date = new DateField(parts.clock)
    this.#options = parts.options
    const { admission, contract, events, clock, router } = parts
    this.#around = {
      admission,
      contract,
      events,
      clock,
      router,
      inFlight: this.#inFlight,
      budget: this.#budget,
      date: this.#date,
      board: new ProgressBoard(events),
      ...this.#policyOf(parts.options),
      wakeRate: this.#wakeRateOf(parts.options),
      isClosing: false,
    }
  }

  /** Exchanges with a lease, per function. A live view. */
  get inFlight(): ReadonlyMap<FunctionId, number> {
    return this.#inFlight.counts
  }

  /** Requests that are not over, held ones included. */
  get underWay(): number {
    return this.#passages.size + this.#relays
  }

  /** Starts to listen; resolves with the real address, which matters for port 0. Rejects when it cannot be had. */
  listen(address: ListenAddress): Promise<ListenAddress> {
    const listener = new WireListener({
      handler: this,
      clock: this.#parts.clock,
      limits: this.#options.request,
    })
    this.#listeners.push(listener)
    return listener.listen(address)
  }

  /** Applies to requests that begin from now on; throws, with nothing changed, on options that are not valid. */
  reconfigure({ router, options }: { router: Router; options: ReverseProxyOptions }): void {
    // A reload that does not speak of it forgives nobody.
    const isOther = JSON.stringify(options.wakeRate) !== JSON.stringify(this.#options.wakeRate)
    const wakeRate = isOther ? this.#wakeRateOf(options) : this.#around.wakeRate
    Object.assign(this.#around, { router, wakeRate, ...this.#policyOf(options) })
    this.#budget.resize(options.hold.readTotalMax - this.#options.hold.readTotalMax)
    this.#options = options
    for (const listener of this.#listeners) listener.reconfigure(options.request)
  }

  /**
   * Accepts no more, lets what is under way finish for `graceMs`, each answer with `Connection: close`, then ends
   * the rest. Resolves when no connection is left.
   */
  async close({ graceMs }: { graceMs: number }): Promise<void> {
    this.#around.isClosing = true
    for (const listener of this.#listeners) listener.stop()
    for (const passage of this.#passages) passage.drain()
    await this.#idle(graceMs)
    for (const passage of this.#passages) passage.abort()
    await Promise.all(this.#listeners.map((listener) => listener.cut()))
  }

  request(incoming: Incoming): void {
    let passage: Passage | undefined
    try {
      passage = new Passage(incoming, this.#around, (over) => this.#over(over))
      this.#passages.add(passage)
      passage.begin()
    } catch (error) {
      if (passage) return passage.crashed(error)
      incoming.reply.reset('cancelled')
      this.crashed(error)
    }
  }

  crashed(error: unknown): void {
    const { clock, events } = this.#parts
    events.emit(faultNotice('a connection', error, clock.wall()))
  }

  // === HTTP/1.1 over our own engine. ===

  /** A warm request with nothing unusual about it goes on as bytes. */
  relay(server: ServerConnection, lane: Lane): RequestOwner | undefined {
    const { admission, contract, clock, inFlight, policy, router } = this.#around
    const { head } = server
    lane.update(head, policy.trusted)
    if (!contract.relay || !isUsual(head, lane)) return undefined
    const target = head.target()
    const fn = router.match(lane.host, target)
    if (!fn || fn.timeouts.requestMs !== Infinity || isProgress(fn, target)) return undefined
    const lease = admission.take(fn.id)
    if (!lease) return undefined
    const around = this.#around
    const arrivedAt = clock.now()
    const id = this.#identifiers.requestId()
    const parts = { server, lane, lease, around, target, id, arrivedAt, over: this }
    const relayed = new Relayed(parts)
    this.#relays += 1
    inFlight.began(fn.id)
    if (contract.relay(lease, relayed)) return relayed
    this.#relays -= 1
    inFlight.ended(fn.id)
    lease.release({ k: 'unused' })
    return undefined
  }

  relayed(): void {
    this.#relays -= 1
    if (this.underWay === 0) this.#onIdle?.()
  }

  exchange(server: ServerConnection, lane: Lane): RequestOwner {
    const request = new WireRequest(server, lane, this.#parts.clock.now())
    this.request(request)
    return request
  }

  divert(server: ServerConnection, lane: Lane): void {
    server.handOver(this.exchange(server, lane))
  }

  rubbish(code: ErrorCode, link: Link): Answer {
    const requestId = this.#identifiers.requestId()
    const answer = answerOf({ code, fn: '', requestId, accept: '', retryAfterMs: undefined })
    const at = this.#parts.clock.wall()
    this.#parts.events.request(rubbishRecord({ code, link, requestId, at, answer }))
    return { ...answer, fields: [...answer.fields, 'Date', this.#date.text] }
  }

  #wakeRateOf({ wakeRate = UNLIMITED }: ReverseProxyOptions): WakeRate {
    return new WakeRate(this.#parts.clock, wakeRate)
  }

  #policyOf(options: ReverseProxyOptions): Pick<Surroundings, 'policy' | 'timing' | 'readMax'> {
    return {
      policy: {
        trusted: new TrustedProxies(options.trustedProxies),
        identifiers: this.#identifiers,
        tracing: options.traces && new Tracing(this.#identifiers, options.traces.sample),
      },
      timing: options.timing,
      readMax: options.hold.readMax,
    }
  }

  #over(passage: Passage): void {
    this.#passages.delete(passage)
    if (this.underWay === 0) this.#onIdle?.()
  }

  /** Resolves when nothing is under way, or after `graceMs`. */
  #idle(graceMs: number): Promise<void> {
    if (this.underWay === 0 || graceMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#parts.clock.timer(graceMs, resolve)
      this.#onIdle = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

/**
 * Functions that speak HTTP/1.1 on a port or a unix socket, over our own wire engine: one pool of connections
 * per run. A request that came on HTTP/1.1 too is relayed between the two connections; all else is an exchange.
 */

import type { NetConnectOpts } from 'node:net'

import type { Lease } from '../domain/admission.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Exchange } from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { RunId } from '../domain/ids.ts'
import { LIMITS } from '../domain/limits.ts'
import type { ClientShared } from '../http1/response-owner.ts'
import { Deadlines } from '../http1/deadlines.ts'
import { Head } from '../http1/record.ts'
import type { Relay } from '../http1/relay.ts'
import { UpstreamPool } from '../http1/upstream-pool.ts'
import type { Clock } from '../lib/clock.ts'
import type { Running } from '../runtime/runtime.ts'
import type { Contract, ProbeReport } from './contract.ts'
import { Delivery } from './delivery.ts'
import { probe } from './readiness.ts'

const POOL_LIMITS = {
  idleMs: LIMITS.upstreamIdleMs,
  idleMaxMs: LIMITS.upstreamIdleMaxMs,
  idleSlackMs: LIMITS.upstreamIdleSlackMs,
  freshMs: LIMITS.upstreamFreshMs,
}

const addressOf = (endpoint: Endpoint): NetConnectOpts =>
  endpoint.k === 'unix'
    ? { path: endpoint.path }
    : {
        host: endpoint.host,
        port: endpoint.port,
        keepAlive: true,
        keepAliveInitialDelay: LIMITS.keepAliveProbeMs,
      }

export class HttpContract implements Contract {
  readonly #clock: Clock
  readonly #shared: ClientShared
  /** Runs with at least one connection. */
  readonly #pools = new Map<RunId, UpstreamPool>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#shared = {
      deadlines: new Deadlines(clock),
      head: new Head({
        headMax: LIMITS.upstreamHeadBytes,
        fieldsMax: LIMITS.upstreamFieldsMax,
        targetMax: 0,
      }),
    }
  }

  ready(running: Running, fn: FunctionSpec, signal: AbortSignal): Promise<ProbeReport> {
    const { run, endpoint } = running
    const pool = (): UpstreamPool => this.#pools.get(run) ?? this.#newPool(run, endpoint)
    return probe(running, fn, { clock: this.#clock, pool, signal })
  }

  /** A frozen app's connections are accepted by its kernel: one is there when the app is, at no cost of time. */
  expect({ run, endpoint }: Running): void {
    const pool = this.#pools.get(run) ?? this.#newPool(run, endpoint)
    if (pool.hasUnused(false)) return
    const giveUp = pool.knock(() => timer.cancel())
    const timer = this.#clock.timer(LIMITS.probeAttemptMs, giveUp)
  }

  open(lease: Lease, exchange: Exchange): void {
    new Delivery({ lease, exchange, pool: this.pool(lease), clock: this.#clock }).begin()
  }

  relay(lease: Lease, relay: Relay): boolean {
    return relay.send(this.pool(lease), lease.fn.timeouts)
  }

  close(run: RunId, which: 'idle' | 'all'): void {
    const pool = this.#pools.get(run)
    if (which === 'idle') {
      pool?.closeIdle()
      return
    }
    // A request that is repeated finds the old pool closed; it must not find a new one.
    this.#pools.delete(run)
    pool?.close('the run is over')
  }

  /** The connections of the lease's run. */
  pool({ run, endpoint, fn }: Lease): UpstreamPool {
    const pool = this.#pools.get(run) ?? this.#newPool(run, endpoint)
    pool.connectMs = fn.timeouts.connectMs
    pool.connectionsMax = Math.min(fn.concurrency, LIMITS.upstreamConnectionsMax)
    return pool
  }

  #newPool(run: RunId, endpoint: Endpoint): UpstreamPool {
    const pool: UpstreamPool = new UpstreamPool({
      address: addressOf(endpoint),
      shared: this.#shared,
      limits: POOL_LIMITS,
      emptied: () => {
        if (this.#pools.get(run) === pool) this.#pools.delete(run)
      },
    })
    this.#pools.set(run, pool)
    return pool
  }
}

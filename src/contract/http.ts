/** Functions that speak HTTP/1.1 on a port or a unix socket: undici upstream, one set of connections per run. */

import type { Lease } from '../domain/admission.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Exchange } from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { RunId } from '../domain/ids.ts'
import type { Clock } from '../lib/clock.ts'
import type { Running } from '../runtime/runtime.ts'
import { Connections } from './connections.ts'
import type { Contract, ProbeReport } from './contract.ts'
import { Forward } from './forward.ts'
import { probe } from './readiness.ts'

export class HttpContract implements Contract {
  readonly #clock: Clock
  /** Runs with at least one connection. */
  readonly #runs = new Map<RunId, Connections>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ready(running: Running, fn: FunctionSpec, signal: AbortSignal): Promise<ProbeReport> {
    return probe(running, fn, { clock: this.#clock, signal })
  }

  open(lease: Lease, exchange: Exchange): void {
    const connections = this.#connectionsOf(lease.run)
    new Forward({ lease, exchange, connections, clock: this.#clock }).begin()
  }

  close(run: RunId, which: 'idle' | 'all'): void {
    const reason = new GatewayError('UPSTREAM_CLOSED', 'the run is over')
    const connections = this.#runs.get(run)
    // A repeated request of the old set finds it closed; it must not find a new one.
    if (which === 'all') this.#runs.delete(run)
    connections?.close(which, reason)
  }

  #connectionsOf(run: RunId): Connections {
    const known = this.#runs.get(run)
    if (known) return known
    const made = new Connections(this.#clock, () => {
      if (this.#runs.get(run) === made) this.#runs.delete(run)
    })
    this.#runs.set(run, made)
    return made
  }
}

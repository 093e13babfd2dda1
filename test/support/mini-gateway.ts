/**
 * The real data path, proxy and HTTP contract, over an admission that a test commands: one function, awake or
 * asleep, whose every lease leads to the upstream of the test.
 */

import { randomFillSync } from 'node:crypto'

import type { Test } from 'tap'

import { HttpContract } from '../../src/contract/http.ts'
import type { Admission, Lease, Refusal, Waiter } from '../../src/domain/admission.ts'
import type { Endpoint } from '../../src/domain/endpoint.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { runId } from '../../src/domain/ids.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { ReverseProxy } from '../../src/proxy/reverse-proxy.ts'
import { Router } from '../../src/proxy/router.ts'
import { Events, type RequestRecord } from '../../src/telemetry/events.ts'
import { ScriptedLease, plainFunction } from './scripted-exchange.ts'

const PATIENCE_MS = 5_000
const RUN = runId('1', 'run-1')

export interface MiniGatewayOptions {
  readonly endpoint: Endpoint
  /** No lease until `wake`. */
  readonly asleep?: boolean
  /** Instead of holding. */
  readonly refusal?: Refusal
  /** The share of requests that are traced; left out: none. */
  readonly sample?: number
}

export class MiniGateway implements Admission {
  readonly contract = new HttpContract(systemClock)
  readonly fn: FunctionSpec
  readonly #options: MiniGatewayOptions
  readonly #waiters = new Set<Waiter>()
  readonly #records: RequestRecord[] = []
  #watchers: (() => void)[] = []
  #isAsleep: boolean
  /** Of all leases together. */
  touches = 0
  port = 0

  constructor(options: MiniGatewayOptions) {
    this.#options = options
    this.fn = plainFunction()
    this.#isAsleep = options.asleep ?? false
  }

  take(): Lease | undefined {
    return this.#isAsleep || this.#options.refusal ? undefined : this.#lease()
  }

  rouse(): 'serving' {
    return 'serving'
  }

  progress(): undefined {
    return undefined
  }

  hold(_fn: unknown, waiter: Waiter): { leave(): void } | Refusal {
    if (this.#options.refusal) return this.#options.refusal
    this.#waiters.add(waiter)
    this.#tell()
    return {
      leave: () => {
        this.#waiters.delete(waiter)
        this.#tell()
      },
    }
  }

  /** No lease from now on until `wake`. */
  fallAsleep(): void {
    this.#isAsleep = true
  }

  /** The instance is there. */
  wake(): void {
    this.#isAsleep = false
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter)
      waiter.granted(this.#lease())
    }
  }

  /** As before a pause, or when the run is over. */
  sleep(which: 'idle' | 'all'): void {
    this.contract.close(RUN, which)
  }

  /** The start did not go well. */
  refuse(refusal: Refusal): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter)
      waiter.refused(refusal)
    }
  }

  /** Waits until exactly `count` requests are held. */
  held(count: number): Promise<void> {
    return this.#until(
      () => this.#waiters.size === count,
      () => `${count} held, now ${this.#waiters.size}`,
    )
  }

  /** The record of the request that finished as number `index`. */
  async record(index: number): Promise<RequestRecord> {
    await this.#until(
      () => this.#records.length > index,
      () => `record ${index}, now ${this.#records.length}`,
    )
    return this.#records[index]!
  }

  request(record: RequestRecord): void {
    this.#records.push({ ...record })
    this.#tell()
  }

  #lease(): Lease {
    const lease = new ScriptedLease({ endpoint: this.#options.endpoint, fn: this.fn })
    lease.onTouch = () => (this.touches += 1)
    return lease
  }

  #tell(): void {
    for (const look of this.#watchers.splice(0)) look()
  }

  #until(isTrue: () => boolean, what: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited for ${what()}`)), PATIENCE_MS)
      const look = (): void => {
        if (!isTrue()) return void this.#watchers.push(look)
        clearTimeout(timer)
        resolve()
      }
      look()
    })
  }
}

/** Listens on a free port of 127.0.0.1; ends with the test. */
export async function miniGateway(t: Test, options: MiniGatewayOptions): Promise<MiniGateway> {
  const gateway = new MiniGateway(options)
  const events = new Events()
  events.subscribe(gateway)
  const proxy = new ReverseProxy({
    admission: gateway,
    contract: gateway.contract,
    events,
    clock: systemClock,
    fillRandom: randomFillSync,
    router: new Router([gateway.fn]),
    options: {
      trustedProxies: [],
      timing: 'off',
      traces: options.sample === undefined ? undefined : { sample: options.sample },
      hold: { readMax: 16_384, readTotalMax: 1_048_576 },
      request: {
        headMax: 65_536,
        fieldsMax: 100,
        targetMax: 16_384,
        headTimeoutMs: 10_000,
        keepAliveMs: 60_000,
        connectionsMax: 1_000,
      },
    },
  })
  t.teardown(() => proxy.close({ graceMs: 0 }))
  const address = await proxy.listen({ k: 'tcp', host: '127.0.0.1', port: 0 })
  gateway.port = address.k === 'tcp' ? address.port : 0
  return gateway
}

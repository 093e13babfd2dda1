/** A reverse proxy on a free port between raw clients and a scripted control plane and contract. */

import { randomFillSync } from 'node:crypto'

import type { Test } from 'tap'

import type { Contract, ProbeReport } from '../../../src/contract/contract.ts'
import type {
  Admission,
  Lease,
  LeaveCause,
  Outcome,
  Refusal,
  StartKind,
  Ticket,
  WakePhases,
  WakeProgress,
  Waiter,
} from '../../../src/domain/admission.ts'
import type { Exchange, Fields, ResetCode } from '../../../src/domain/exchange.ts'
import type { FunctionSpec } from '../../../src/domain/function.ts'
import { type FunctionId, instanceId, runId } from '../../../src/domain/ids.ts'
import { type Clock, systemClock } from '../../../src/lib/clock.ts'
import { ReverseProxy, type ReverseProxyOptions } from '../../../src/proxy/reverse-proxy.ts'
import { Router } from '../../../src/proxy/router.ts'
import { Events, type RequestRecord, type TelemetryEvent } from '../../../src/telemetry/events.ts'
import { functionSpec } from '../../support/function-spec.ts'
import { rawClient } from '../../support/raw-client.ts'
import type { RawConnection } from '../../support/raw-connection.ts'

/** How long a test waits for what has to come. */
const PATIENCE_MS = 5_000

/** Values that arrive; whoever asks waits for the next one. */
export class Inbox<T> {
  readonly #what: string
  readonly #values: T[] = []
  readonly #takers: ((value: T) => void)[] = []

  constructor(what: string) {
    this.#what = what
  }

  get size(): number {
    return this.#values.length
  }

  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker) taker(value)
    else this.#values.push(value)
  }

  next(): Promise<T> {
    const value = this.#values.shift()
    if (value !== undefined) return Promise.resolve(value)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${this.#what} came`)), PATIENCE_MS)
      this.#takers.push((value) => {
        clearTimeout(timer)
        resolve(value)
      })
    })
  }
}

export class FakeLease implements Lease {
  readonly fn: FunctionSpec
  readonly start: StartKind
  readonly wake: WakePhases | undefined
  readonly instance = instanceId('i1')
  readonly run = runId('1', 'run')
  readonly endpoint = { k: 'tcp', host: '127.0.0.1', port: 1, proto: 'h1' } as const
  readonly released = new Inbox<Outcome>('release')
  outcomes: Outcome[] = []
  touches = 0

  constructor(fn: FunctionSpec, start: StartKind = 'warm', wake?: WakePhases) {
    this.fn = fn
    this.start = start
    this.wake = wake
  }

  touch(): void {
    this.touches += 1
  }

  release(outcome: Outcome): void {
    this.outcomes.push(outcome)
    this.released.put(outcome)
  }
}

/** A request that is held; the test decides over it. */
export interface Held {
  readonly waiter: Waiter
  readonly left: Inbox<LeaveCause>
}

export class FakeAdmission implements Admission {
  /** Leases at once; empty: everything is held. */
  readonly warm: FakeLease[] = []
  readonly held = new Inbox<Held>('held request')
  refusal: Refusal | undefined
  /** What whoever could be shown a page is told. */
  roused: WakeProgress | 'serving' | Refusal = 'serving'
  progressed: WakeProgress | undefined
  takes = 0

  take(_fn: FunctionId): Lease | undefined {
    this.takes += 1
    return this.warm.shift()
  }

  rouse(): WakeProgress | 'serving' | Refusal {
    return this.roused
  }

  progress(): WakeProgress | undefined {
    return this.progressed
  }

  hold(_fn: FunctionId, waiter: Waiter): Ticket | Refusal {
    if (this.refusal) return this.refusal
    const left = new Inbox<LeaveCause>('departure')
    let isGone = false
    this.held.put({ waiter, left })
    return {
      leave: (why) => {
        if (!isGone) left.put(why)
        isGone = true
      },
    }
  }
}

/** What the contract was given. */
export class Opened {
  readonly lease: Lease
  readonly exchange: Exchange
  readonly gone = new Inbox<ResetCode>('end by the client')
  /** The body so far, as latin1. */
  body = ''
  readonly ended = new Inbox<Fields | ResetCode>('end of the body')
  readonly data = new Inbox<string>('data')

  constructor(lease: Lease, exchange: Exchange) {
    this.lease = lease
    this.exchange = exchange
    exchange.onGone((code) => this.gone.put(code))
  }

  /** Reads the body, `credit` bytes of it. */
  read(credit = Number.MAX_SAFE_INTEGER): this {
    this.exchange.body.start({
      data: (bytes) => {
        const text = Buffer.from(bytes).toString('latin1')
        this.body += text
        this.data.put(text)
      },
      end: (trailers) => this.ended.put(trailers ?? []),
      reset: (code) => this.ended.put(code),
    })
    this.exchange.body.demand(credit)
    return this
  }

  /** A whole response of known length. */
  answer(status: number, body: string, fields: Fields = []): void {
    const { reply } = this.exchange
    const isBare = this.exchange.head.method === 'HEAD' || status === 204 || status === 304
    reply.head(status, fields, isBare ? 'none' : body.length)
    if (!isBare && body !== '') reply.data(Buffer.from(body, 'latin1'))
    reply.end()
    this.lease.release({ k: 'done' })
  }

  fail(outcome: Outcome & { k: 'failed' }): void {
    this.lease.release(outcome)
  }
}

export class FakeContract implements Contract {
  readonly opened = new Inbox<Opened>('exchange')
  /** Runs instead, when set. */
  script: ((opened: Opened) => void) | undefined

  ready(): Promise<ProbeReport> {
    return Promise.resolve({ attempts: 1, slackMs: 0 })
  }

  open(lease: Lease, exchange: Exchange): void {
    const opened = new Opened(lease, exchange)
    if (this.script) this.script(opened)
    else this.opened.put(opened)
  }

  close(): void {}
}

export const OPTIONS: ReverseProxyOptions = {
  trustedProxies: [],
  timing: 'off',
  hold: { readMax: 16_384, readTotalMax: 1_000_000 },
  request: {
    headMax: 16_384,
    fieldsMax: 100,
    targetMax: 8_192,
    headTimeoutMs: 60_000,
    keepAliveMs: 60_000,
    connectionsMax: 1_000,
  },
}

export interface ProxyRig {
  readonly proxy: ReverseProxy
  readonly port: number
  readonly admission: FakeAdmission
  readonly contract: FakeContract
  readonly records: Inbox<RequestRecord>
  readonly notices: TelemetryEvent[]
  readonly fn: FunctionSpec
  /** A lease for the next request. */
  lease(start?: StartKind, wake?: WakePhases): FakeLease
  client(): Promise<RawConnection>
  /** Sends a request on a connection of its own. */
  ask(request: string): Promise<RawConnection>
}

export interface RigSetup {
  readonly functions?: readonly FunctionSpec[]
  readonly options?: Partial<ReverseProxyOptions>
  readonly request?: Partial<ReverseProxyOptions['request']>
  readonly clock?: Clock
}

/** Starts it; ends with the test. */
export async function proxyRig(t: Test, setup: RigSetup = {}): Promise<ProxyRig> {
  const functions = setup.functions ?? [functionSpec()]
  const admission = new FakeAdmission()
  const contract = new FakeContract()
  const events = new Events()
  const records = new Inbox<RequestRecord>('record')
  const notices: TelemetryEvent[] = []
  events.subscribe({ request: (r) => records.put({ ...r }), event: (e) => notices.push(e) })
  const options = { ...OPTIONS, ...setup.options }
  const proxy = new ReverseProxy({
    admission,
    contract,
    events,
    clock: setup.clock ?? systemClock,
    fillRandom: randomFillSync,
    router: new Router(functions),
    options: { ...options, request: { ...options.request, ...setup.request } },
  })
  const bound = await proxy.listen({ k: 'tcp', host: '127.0.0.1', port: 0 })
  t.teardown(() => proxy.close({ graceMs: 0 }))
  const port = bound.k === 'tcp' ? bound.port : 0
  const fn = functions[0]!
  return {
    proxy,
    port,
    admission,
    contract,
    records,
    notices,
    fn,
    lease: (start, wake) => {
      const lease = new FakeLease(fn, start, wake)
      admission.warm.push(lease)
      return lease
    },
    client: () => rawClient(t, port),
    ask: async (request) => (await rawClient(t, port)).send(request),
  }
}

/** A GET with more fields, each line without its end. */
export const get = (path = '/', ...lines: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: hello.test', ...lines, '', ''].join('\r\n')

/** A POST with a body of known length. */
export const post = (body: string, ...lines: string[]): string =>
  [
    'POST / HTTP/1.1',
    'Host: hello.test',
    `Content-Length: ${body.length}`,
    ...lines,
    '',
    body,
  ].join('\r\n')

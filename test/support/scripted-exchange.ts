/** An exchange and a lease under a test's control: what is asked of them goes to one event log. */

import type { Lease, Outcome } from '../../src/domain/admission.ts'
import type { Endpoint } from '../../src/domain/endpoint.ts'
import type {
  BodyKind,
  Exchange,
  Fields,
  Reply,
  RequestHead,
  ResetCode,
  Sink,
} from '../../src/domain/exchange.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { instanceId, runId } from '../../src/domain/ids.ts'
import { functionSpec } from './function-spec.ts'

const PATIENCE_MS = 5_000

/** A function that asks for nothing special: room, and time to spare. */
export const plainFunction = (changes: Parameters<typeof functionSpec>[0] = {}): FunctionSpec => {
  const { timeouts, ...rest } = changes
  const patient = { connectMs: 4_000, responseMs: 4_000, idleMs: 4_000, tunnelMs: 4_000 }
  return functionSpec({ concurrency: 100, timeouts: { ...patient, ...timeouts }, ...rest })
}

export interface LeaseScript {
  readonly endpoint: Endpoint
  readonly fn?: FunctionSpec
  readonly run?: string
}

/** A lease that must be given back exactly once. */
export class ScriptedLease implements Lease {
  readonly fn: FunctionSpec
  readonly instance = instanceId('i1')
  readonly run
  readonly endpoint: Endpoint
  readonly start = 'warm' as const
  readonly wake = undefined
  touches = 0
  outcome: Outcome | undefined
  onTouch: (() => void) | undefined
  #watchers: ((outcome: Outcome) => void)[] = []

  constructor({ endpoint, fn = plainFunction(), run = 'run-1' }: LeaseScript) {
    this.endpoint = endpoint
    this.fn = fn
    this.run = runId('1', run)
  }

  /** Waits for the release, from the moment it is asked for. */
  get released(): Promise<Outcome> {
    return bounded('the release of the lease', (resolve) => {
      if (this.outcome) resolve(this.outcome)
      else this.#watchers.push(resolve)
    })
  }

  touch(): void {
    if (this.outcome) throw new Error('touched after its release')
    this.touches += 1
    this.onTouch?.()
  }

  release(outcome: Outcome): void {
    if (this.outcome) throw new Error('released twice')
    this.outcome = outcome
    for (const told of this.#watchers.splice(0)) told(outcome)
  }
}

export interface ExchangeScript {
  readonly head?: Partial<RequestHead>
  /** Bytes the client takes before it must be told of more. */
  readonly credit?: number
}

/** Everything the contract tells goes to `log`; `sends` and `takes` are the client's side. */
export class ScriptedExchange implements Exchange {
  readonly head: RequestHead
  readonly peer = { address: '127.0.0.1', trusted: false, proto: 'http' } as const
  readonly log: string[] = []
  readonly marks: string[] = []
  /** What came back, latin1. */
  received = ''
  fields: Fields = []
  trailers: Fields | undefined
  /** Credit for the request's body given by the contract so far, in bytes. */
  demanded = 0
  sink: Sink | undefined
  tunnelSink: Sink | undefined
  #gone: ((code: ResetCode) => void) | undefined
  #demand: ((bytes: number) => void) | undefined
  #tunnelDemand: ((bytes: number) => void) | undefined
  #watchers: (() => void)[] = []
  readonly #credit: number

  constructor({ head = {}, credit = 1_000_000 }: ExchangeScript = {}) {
    this.#credit = credit
    this.head = {
      method: 'GET',
      target: '/',
      version: '1.1',
      host: 'hello.test',
      fields: ['Host', 'hello.test'],
      body: 'none',
      upgrade: undefined,
      expectsContinue: false,
      ...head,
    }
  }

  readonly body = {
    start: (sink: Sink): void => {
      this.sink = sink
      this.#tell('body:start')
    },
    demand: (bytes: number): void => {
      this.demanded += bytes
      this.#tell()
    },
    reset: (code: ResetCode): void => this.#tell(`body:reset ${code}`),
  }

  readonly reply: Reply = {
    interim: (status) => this.#tell(`interim ${status}`),
    head: (status: number, fields: Fields, body: BodyKind) => {
      this.fields = fields
      this.#tell(`head ${status} ${body}`)
    },
    onDemand: (listener) => {
      this.#demand = listener
      listener(this.#credit)
    },
    data: (bytes) => {
      this.received += Buffer.from(bytes).toString('latin1')
      this.#tell()
    },
    end: (trailers) => {
      this.trailers = trailers
      this.#tell('end')
    },
    reset: (code) => this.#tell(`reset ${code}`),
    tunnel: (fields) => {
      this.fields = fields
      this.#tell('tunnel')
      return {
        source: this.body,
        sink: {
          data: (bytes) => this.reply.data(bytes),
          end: () => this.#tell('tunnel:end'),
          reset: (code) => this.#tell(`tunnel:reset ${code}`),
          onDemand: (listener) => {
            this.#tunnelDemand = listener
            listener(this.#credit)
          },
        },
      }
    },
  }

  onGone(listener: (code: ResetCode) => void): void {
    this.#gone = listener
  }

  mark(point: string): void {
    this.marks.push(point)
  }

  /** The client leaves. */
  leave(code: ResetCode = 'client_gone'): void {
    this.#gone?.(code)
  }

  /** The client takes more of the response. */
  takes(bytes: number): void {
    ;(this.#tunnelDemand ?? this.#demand)?.(bytes)
  }

  /** The client sends a part of its body. */
  sends(text: string): void {
    this.sink?.data(Buffer.from(text, 'latin1'))
  }

  /** Waits for an entry of the log. */
  saw(entry: string): Promise<void> {
    return this.until(`"${entry}" in ${JSON.stringify(this.log)}`, () => this.log.includes(entry))
  }

  /** Waits until `isTrue`, looked at whenever something is told. */
  until(what: string, isTrue: () => boolean): Promise<void> {
    return bounded(what, (resolve) => {
      const look = (): void => {
        if (isTrue()) resolve()
        else this.#watchers.push(look)
      }
      look()
    })
  }

  #tell(entry?: string): void {
    if (entry !== undefined) this.log.push(entry)
    for (const look of this.#watchers.splice(0)) look()
  }
}

function bounded<T>(what: string, run: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`waited ${PATIENCE_MS} ms for ${what}`)),
      PATIENCE_MS,
    )
    timer.unref()
    run((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}

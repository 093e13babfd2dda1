/** An admin source with two functions, that notes what it is asked to do. */

import type { Exposed } from '../../../src/telemetry/metrics.ts'
import { noPhases } from '../../../src/domain/admission.ts'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import { Overview } from '../../../src/admin/overview.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { Events } from '../../../src/telemetry/events.ts'
import { EventRing } from '../../../src/telemetry/event-ring.ts'
import { OutputRing } from '../../../src/telemetry/output-ring.ts'
import { RequestTail } from '../../../src/telemetry/request-tail.ts'
import type { AdminSource, ControlResult, StreamStart } from '../../../src/admin/status.ts'
import type { BudgetStatus, FunctionStatus } from '../../../src/domain/status.ts'

export const functionStatus = (
  name: string,
  parts: Partial<FunctionStatus> = {},
): FunctionStatus => ({
  id: functionId(name),
  runtime: 'process',
  revision: revisionId('r1'),
  hosts: [`${name}.localhost`],
  condition: 'cold',
  instances: [],
  inFlight: 0,
  waiters: 0,
  lastWake: undefined,
  backoffMs: 0,
  lastError: undefined,
  pauseTier: 'on',
  warmUntil: undefined,
  problem: undefined,
  ...parts,
})

export const BUDGET: BudgetStatus = {
  instances: 3,
  instancesMax: 1_000,
  memoryBytes: 402_653_184,
  waiting: 0,
}

export const LAST_WAKE = { kind: 'cold', totalMs: 812.34, phases: noPhases(), at: 0 } as const
const LAST_ERROR = { at: 0, reason: 'exited', message: 'exited with code 1', log: ['password: x'] }

async function* piecesOf(text: string): AsyncGenerator<string> {
  yield text
}

export class FakeSource implements AdminSource {
  readonly asked: string[] = []
  readonly ring = new EventRing(36)
  readonly printed = new OutputRing(36)
  readonly happened = new Events()
  readonly tail = new RequestTail(this.happened, systemClock)
  readonly #overview = new Overview({
    clock: systemClock,
    status: () => this.status(),
    recent: () => undefined,
    memory: { of: () => undefined, refresh: () => undefined },
  })
  isReady = true
  result: ControlResult = { result: 'done', message: 'ordered' }
  functions: readonly FunctionStatus[] = [
    functionStatus('hello', { lastWake: LAST_WAKE }),
    functionStatus('broken', { condition: 'backoff', lastError: LAST_ERROR }),
  ]

  status() {
    return {
      version: '0.0.0',
      startedAt: 0,
      config: '/etc/gateway.yaml',
      ready: this.isReady,
      runtimes: [],
      budget: BUDGET,
      functions: this.functions,
    }
  }
  async measured() {
    return this.status()
  }
  ready() {
    return this.isReady
  }
  metrics(_accept: string): Exposed {
    return { type: 'text/plain; version=0.0.4', pieces: piecesOf('coldfront_x 1\n') }
  }
  events(fn: string | undefined, from: StreamStart) {
    return this.ring.read({ ...from, topic: fn })
  }
  requests(fn: string | undefined, from: StreamStart) {
    return this.tail.read({ ...from, topic: fn })
  }
  overview(since: string | undefined, full: boolean) {
    return this.#overview.since(since, full)
  }
  output(fn: string, from: StreamStart) {
    return fn === 'hello' ? this.printed.read(functionId(fn), from) : undefined
  }
  wake(fn: string) {
    return this.#note(`wake ${fn}`)
  }
  warm(fn: string, forMs: number) {
    return this.#note(`warm ${fn} ${forMs}`)
  }
  explain(host: string, path: string) {
    if (host.includes(' ')) return undefined
    return { host, path, by: 'exact', function: 'hello', route: host } as const
  }
  pause(fn: string) {
    return this.#note(`pause ${fn}`)
  }
  stop(fn: string) {
    return this.#note(`stop ${fn}`)
  }
  reload() {
    return this.#note('reload')
  }

  #note(what: string) {
    this.asked.push(what)
    return Promise.resolve(this.result)
  }
}

/** The gateway as the admin listener sees it: status, metrics, control verbs. */

import type { Activator } from '../activator/activator.ts'
import { type FunctionId, functionId } from '../domain/ids.ts'
import type { RouteExplanation } from '../domain/status.ts'
import type { Clock } from '../lib/clock.ts'
import type { EventRing } from '../telemetry/event-ring.ts'
import type { Reading } from '../telemetry/live-ring.ts'
import type { Exposed } from '../telemetry/metrics.ts'
import type { OutputRing } from '../telemetry/output-ring.ts'
import type { RequestTail } from '../telemetry/request-tail.ts'
import { MemoryLook, type MemoryParts } from './memory-look.ts'
import { Overview, type OverviewAnswer, type OverviewParts } from './overview.ts'
import type {
  AdminSource,
  ControlResult,
  GatewayStatus,
  RuntimeStatus,
  StreamStart,
} from './status.ts'

export interface SourceParts {
  readonly activator: Activator
  readonly metrics: (accept: string) => Exposed
  readonly events: EventRing
  readonly output: OutputRing
  readonly requests: RequestTail
  readonly recent: OverviewParts['recent']
  readonly memory: MemoryParts['memory']
  readonly clock: Clock
  readonly runtimes: () => readonly RuntimeStatus[]
  readonly ready: () => boolean
  readonly explain: AdminSource['explain']
  /** Undefined when it worked, else what was wrong. */
  readonly reload: () => Promise<string | undefined>
  readonly about: Pick<GatewayStatus, 'version' | 'startedAt' | 'config'>
}

export class GatewaySource implements AdminSource {
  readonly #parts: SourceParts
  readonly #memory: MemoryLook
  readonly #overview: Overview

  constructor(parts: SourceParts) {
    this.#parts = parts
    this.#memory = new MemoryLook(parts)
    const { clock, recent } = parts
    this.#overview = new Overview({
      clock,
      recent,
      memory: this.#memory,
      status: () => this.status(),
    })
  }

  status(): GatewayStatus {
    const { about, activator, runtimes } = this.#parts
    return {
      ...about,
      ready: this.ready(),
      runtimes: runtimes(),
      budget: activator.budget(),
      functions: activator.status(),
    }
  }

  async measured(): Promise<GatewayStatus> {
    await this.#memory.refreshed()
    const { functions, ...whole } = this.status()
    const measured = functions.map((fn) => ({
      ...fn,
      instances: fn.instances.map((instance) => ({
        ...instance,
        memoryBytes: this.#memory.of(instance.id),
      })),
    }))
    return { ...whole, functions: measured }
  }

  ready(): boolean {
    return this.#parts.ready()
  }

  metrics(accept: string): Exposed {
    return this.#parts.metrics(accept)
  }

  events(fn: string | undefined, from: StreamStart): Reading {
    return this.#parts.events.read({ ...from, topic: fn })
  }

  requests(fn: string | undefined, from: StreamStart): Reading {
    return this.#parts.requests.read({ ...from, topic: fn })
  }

  overview(since: string | undefined, full: boolean): OverviewAnswer {
    return this.#overview.since(since, full)
  }

  output(name: string, from: StreamStart): Reading | undefined {
    const known = this.#parts.activator.status().find((fn) => fn.id === name)
    return known && this.#parts.output.read(known.id, from)
  }

  async wake(name: string): Promise<ControlResult> {
    return this.#known(name, (fn) => this.#parts.activator.wake(fn), 'waking')
  }

  async warm(name: string, forMs: number): Promise<ControlResult> {
    const kept = this.#parts.activator.warm(functionId(name), forMs)
    if (kept === undefined) return unknown(name)
    if (!kept) return { result: 'impossible', message: `${name} is not managed: it runs anyway` }
    const message = forMs > 0 ? `keeping ${name} warm` : `${name} may sleep again`
    return { result: 'done', message }
  }

  explain(host: string, path: string): RouteExplanation | undefined {
    return this.#parts.explain(host, path)
  }

  async pause(name: string): Promise<ControlResult> {
    const paused = this.#parts.activator.pause(functionId(name))
    if (paused === undefined) return unknown(name)
    return paused
      ? { result: 'done', message: `pausing what is idle of ${name}` }
      : { result: 'impossible', message: `${name} has no pause tier` }
  }

  async stop(name: string): Promise<ControlResult> {
    return this.#known(name, (fn) => this.#parts.activator.stop(fn), 'draining and stopping')
  }

  async reload(): Promise<ControlResult> {
    const wrong = await this.#parts.reload()
    return wrong === undefined
      ? { result: 'done', message: 'the configuration was read again' }
      : { result: 'failed', message: wrong }
  }

  #known(name: string, act: (fn: FunctionId) => boolean, doing: string): ControlResult {
    return act(functionId(name)) ? { result: 'done', message: `${doing} ${name}` } : unknown(name)
  }
}

const unknown = (name: string): ControlResult => ({
  result: 'unknown_function',
  message: `there is no function ${name}; "coldfront ps" lists them`,
})

/** The floor of a container: the gateway's own create requests, sent again without it over the same socket. */

import { type Clock } from '../lib/clock.ts'
import { type Answer, type Place, askUntilAnswered } from './asking.ts'
import type { EngineCalls } from './engine-calls.ts'
import type { Tier } from './factor.ts'
import { type Floor, type FloorWake, NoFloor } from './floor.ts'
import { freePort } from '../runtime/free-port.ts'
import { JsonClient } from './json-client.ts'
import { machineNow } from './machine-time.ts'

export interface ContainerFloorParts {
  readonly clock: Clock
  readonly calls: EngineCalls
  /** The port inside the container. */
  readonly port: number
  readonly path: string
  readonly limitMs: number
  /** What the gateway asked the engine to create. */
  readonly body: Readonly<Record<string, unknown>>
  /** The same of the sandbox that it joins. */
  readonly sandbox: Readonly<Record<string, unknown>> | undefined
}

interface CreateBody {
  Labels?: Record<string, string>
  HostConfig?: { PortBindings?: Record<string, unknown>; NetworkMode?: string }
}

interface Inspected {
  readonly NetworkSettings: { readonly Networks: Record<string, { readonly IPAddress: string }> }
}

/** The gateway's own labels: with them it would take the container for one of its own. */
const OWN_LABEL = 'coldfront.'
/** So that one that a killed study left behind is found. */
const FLOOR_LABEL = 'coldfront-study'
const STOP_S = 5

export class ContainerFloor implements Floor {
  readonly #parts: ContainerFloorParts
  readonly #engine: JsonClient
  #container: string | undefined
  #sandbox: string | undefined
  #place: Place | undefined
  #state: 'none' | 'running' | 'paused' | 'stopped' = 'none'

  /** Throws `NoFloor`. */
  constructor(parts: ContainerFloorParts) {
    this.#parts = parts
    const { HostConfig = {} } = parts.body as CreateBody
    const mode = HostConfig.NetworkMode ?? ''
    if (mode === 'host' || (mode.startsWith('container:') && !parts.sandbox))
      throw new NoFloor('two copies of it cannot listen in one network namespace')
    this.#engine = new JsonClient(parts.calls.path)
  }

  async putToSleep(tier: Tier): Promise<void> {
    if (tier === 'new') return this.#remove()
    if (this.#state === 'none') await this.#create()
    if (this.#state === 'paused') await this.#order('unpause', 'running')
    if (this.#state === 'stopped') await this.#order('start', 'running')
    await this.#ask()
    if (tier === 'paused') await this.#order('pause', 'paused')
    if (tier === 'stopped') await this.#order(`stop?t=${STOP_S}`, 'stopped')
  }

  async wake(tier: Tier): Promise<FloorWake> {
    const from = machineNow()
    if (tier === 'new') await this.#create()
    if (tier === 'paused') await this.#order('unpause', 'running')
    if (tier === 'stopped') await this.#order('start', 'running')
    const answer = await this.#ask()
    const calls = this.#parts.calls.since(from)
    return { answer: tier === 'running' ? answer : { ...answer, sent: from }, calls }
  }

  async close(): Promise<void> {
    await this.#remove()
    await this.#engine.close()
  }

  async #create(): Promise<void> {
    const { body, sandbox } = this.#parts
    this.#place = undefined
    if (sandbox) {
      this.#sandbox = await this.#make(sandbox)
      await this.#engine.ask({ method: 'POST', path: `/containers/${this.#sandbox}/start` })
    }
    const { HostConfig } = body as CreateBody
    const joined = { ...HostConfig, NetworkMode: `container:${this.#sandbox}` }
    this.#container = await this.#make(sandbox ? { ...body, HostConfig: joined } : body)
    await this.#order('start', 'running')
  }

  /** Where it publishes a port, that is the place to ask. */
  async #make(request: Readonly<Record<string, unknown>>): Promise<string> {
    const body = structuredClone(request) as CreateBody
    const labels = Object.entries(body.Labels ?? {}).filter(([name]) => !name.startsWith(OWN_LABEL))
    const ports = Object.keys(body.HostConfig?.PortBindings ?? {})
    const bindings: Record<string, unknown> = {}
    for (const port of ports) {
      const free = await freePort()
      bindings[port] = [{ HostIp: '127.0.0.1', HostPort: String(free) }]
      this.#place = { host: '127.0.0.1', port: free }
    }
    const host = { ...body.HostConfig, ...(ports.length > 0 ? { PortBindings: bindings } : {}) }
    const made = (await this.#engine.ask({
      method: 'POST',
      path: '/containers/create',
      body: {
        ...body,
        Labels: { ...Object.fromEntries(labels), [FLOOR_LABEL]: 'floor' },
        HostConfig: host,
      },
    })) as { readonly Id: string }
    return made.Id
  }

  async #order(verb: string, then: 'running' | 'paused' | 'stopped'): Promise<void> {
    const path = `/containers/${this.#container}/${verb}`
    await this.#engine.ask({ method: 'POST', path })
    this.#state = then
  }

  async #remove(): Promise<void> {
    for (const id of [this.#container, this.#sandbox]) {
      if (id === undefined) continue
      await this.#engine.ask({ method: 'DELETE', path: `/containers/${id}?force=true&v=true` })
    }
    this.#container = undefined
    this.#sandbox = undefined
    this.#state = 'none'
  }

  async #ask(): Promise<Answer> {
    const { clock, path, limitMs } = this.#parts
    const place = this.#place ?? (await this.#address())
    return askUntilAnswered({ clock, place, host: 'floor', path, limitMs })
  }

  /** By its own IP, asked again for every run. */
  async #address(): Promise<Place> {
    const path = `/containers/${this.#sandbox ?? this.#container}/json`
    const { NetworkSettings } = (await this.#engine.ask({ method: 'GET', path })) as Inspected
    const host = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? ''
    if (host === '') throw new NoFloor('its container has no address of its own')
    return { host, port: this.#parts.port }
  }
}

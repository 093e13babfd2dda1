/** The floor of Docker: the gateway's own create request, sent again without it, with the same client library over the same socket. */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import type { Reach } from '../../harness/command-line.ts'
import type { EngineCalls } from '../../../src/study/engine-calls.ts'
import { freePort } from '../../../src/runtime/free-port.ts'
import { askUntilAnswered, type Place } from '../../harness/stamped-request.ts'
import { now } from '../../harness/time.ts'
import { split, type WakeSample } from './sample.ts'
import type { Floor } from './tier.ts'

const LIMIT_MS = 30_000
/** Between SIGTERM and SIGKILL. */
const STOP_S = 5
/** The gateway's own labels: with them it would take the container for one of its own. */
const OWN_LABEL = 'coldfront.'

export interface DockerFloorParts {
  readonly calls: EngineCalls
  /** Whose create request it sends again. */
  readonly fn: string
  readonly tier: 'new' | 'dormant' | 'paused'
  readonly reach: Reach
  readonly port: number
  /** Directory of the socket inside the container. */
  readonly socketDir: string
  /** For sockets on this side. */
  readonly dir: string
}

interface CreateBody {
  Labels?: Record<string, string>
  HostConfig?: { PortBindings?: unknown; Binds?: string[] }
}

export class DockerFloor implements Floor {
  readonly #parts: DockerFloorParts
  readonly #docker: Docker
  #body: CreateBody = {}
  #place: Place = { path: '' }
  #container: Docker.Container | undefined

  constructor(parts: DockerFloorParts) {
    this.#parts = parts
    this.#docker = new Docker({ socketPath: parts.calls.path })
  }

  async open(): Promise<void> {
    await this.#shape()
    if (this.#parts.tier === 'new') return
    this.#container = await this.#create()
    await this.#container.start()
    await this.#ask()
  }

  async putToSleep(): Promise<void> {
    const { tier } = this.#parts
    if (tier === 'paused') await this.#container?.pause()
    if (tier !== 'dormant') return
    await this.#container?.stop({ t: STOP_S })
    // A stopped run leaves its socket, and the next one could not bind it.
    if ('path' in this.#place) rmSync(this.#place.path, { force: true })
  }

  async wake(): Promise<WakeSample> {
    const { tier } = this.#parts
    if (tier === 'new') return this.#fresh()
    const container = this.#container ?? never()
    return this.#measured(() => (tier === 'paused' ? container.unpause() : container.start()))
  }

  async #fresh(): Promise<WakeSample> {
    await this.#shape()
    let container: Docker.Container | undefined
    const sample = await this.#measured(async () => {
      container = await this.#create()
      this.#container = container
      await container.start()
    })
    await container?.remove({ force: true, v: true })
    return sample
  }

  async #measured(act: () => Promise<unknown>): Promise<WakeSample> {
    const { calls } = this.#parts
    const from = now()
    await act()
    const answer = await this.#ask()
    return split({ ...answer, sent: from }, calls.since(from))
  }

  #create(): Promise<Docker.Container> {
    return this.#docker.createContainer(this.#body)
  }

  async #ask() {
    const { reach, port } = this.#parts
    if (reach === 'ip') {
      const info = await (this.#container ?? never()).inspect()
      this.#place = { host: info.NetworkSettings.Networks['bridge']?.IPAddress ?? '', port }
    }
    return askUntilAnswered({ place: this.#place, host: 'floor', limitMs: LIMIT_MS })
  }

  /** The gateway's request, at a place of our own. */
  async #shape(): Promise<void> {
    const { calls, fn, reach, port, socketDir, dir } = this.#parts
    const body = structuredClone(calls.lastCreated(fn) ?? never()) as CreateBody
    const labels = Object.entries(body.Labels ?? {}).filter(([name]) => !name.startsWith(OWN_LABEL))
    const host = { ...body.HostConfig }
    if (reach === 'published') {
      const free = await freePort()
      host.PortBindings = { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(free) }] }
      this.#place = { host: '127.0.0.1', port: free }
    } else if (reach === 'socket') {
      const own = join(dir, `floor-${now().toFixed(0)}`)
      mkdirSync(own)
      const others = (host.Binds ?? []).filter((bind) => !bind.endsWith(`:${socketDir}`))
      host.Binds = [...others, `${own}:${socketDir}`]
      this.#place = { path: join(own, 'app.sock') }
    }
    this.#body = { ...body, Labels: Object.fromEntries(labels), HostConfig: host }
  }
}

function never(): never {
  throw new Error('the floor was not opened')
}

/** The engine's containers, seen as instances: looked up, listed, told apart into ours and others', and their logs. Changes nothing. */

import type Docker from 'dockerode'
import type { FunctionSpec } from '../../domain/function.ts'
import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { Gone, Present } from '../runtime.ts'
import { RuntimeError } from '../runtime.ts'
import { imageOf, ownerFilter, readClaim } from './claim.ts'
import type { Claim } from './claim.ts'
import { statusOf } from './engine-error.ts'
import type { Connection, Engine } from './engine.ts'
import { existingId, factOf, identify, joinedBy, sightingOf } from './facts.ts'
import type { Identity, Sighting } from './facts.ts'
import { Holders } from './holders.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { tailOf } from './lines.ts'
import { sandboxName } from './shape.ts'
import { findVantage } from './vantage.ts'
import type { Vantage } from './vantage.ts'

export type Inspected = Docker.ContainerInspectInfo

export interface ContainersParts {
  readonly engine: Engine
  readonly owner: OwnerId
  readonly key: Uint8Array
  readonly platform: string
  /** What an image's name stands for now, if that is known. */
  readonly imageId: (image: string) => string | undefined
  /** The container that the gateway runs in, if it does. */
  readonly self: () => Promise<string | undefined>
}

/** One line of a list, of an instance of ours. */
export interface Listed {
  readonly id: string
  /** The engine's word. */
  readonly state: string
  readonly identity: Identity
  /** The id of the container whose network it joins. */
  readonly joined: string | undefined
}

/** One line of a list, of a sandbox of ours. */
export interface ListedSandbox {
  readonly id: string
  readonly state: string
  readonly claim: Claim
}

/** All of ours that the engine has. */
export interface Listing {
  readonly instances: readonly Listed[]
  readonly sandboxes: readonly ListedSandbox[]
}

/** A container that was looked up and is ours. */
export interface Found {
  readonly info: Inspected
  /** The container that has its network: itself, or the one that it joins; undefined where that is gone. */
  readonly network: Inspected | undefined
  readonly identity: Identity
}

export interface FindParts {
  readonly signal?: AbortSignal | undefined
  /** A look at the container whose network it is expected to join, to save one. */
  readonly ahead?: Promise<Inspected | undefined> | undefined
}

export class Containers {
  readonly #parts: ContainersParts
  /** Ids that `create` was given for existing containers, by their names; as many as there are such functions. */
  readonly #given = new Map<string, InstanceId>()
  /** Existing containers that commands named, for as long as no watch says which functions there are. */
  readonly #named = new Map<string, FunctionSpec>()
  readonly #holders = new Holders()
  #functions: (() => readonly FunctionSpec[]) | undefined
  #vantage: { readonly of: Connection; readonly found: Promise<Vantage> } | undefined

  constructor(parts: ContainersParts) {
    this.#parts = parts
  }

  /** From now on, these are the functions whose containers count. */
  follow(functions: () => readonly FunctionSpec[]): void {
    this.#functions = functions
  }

  get functions(): readonly FunctionSpec[] {
    return this.#functions?.() ?? [...this.#named.values()]
  }

  /** A function's existing container, under the id that its instance was given. */
  name(fn: FunctionSpec, container: string, id: InstanceId): void {
    this.#named.set(container, fn)
    if (id !== existingId(this.#parts.owner, fn)) this.#given.set(container, id)
  }

  identify(seen: Sighting): Identity | undefined {
    const { owner, key } = this.#parts
    const { functions } = this
    const identity = identify(seen, { owner, key, functions, given: this.#given })
    return identity && this.#holders.admits(identity, seen) ? identity : undefined
  }

  /** By id or name; undefined where there is none. */
  async inspect(handle: string, signal?: AbortSignal): Promise<Inspected | undefined> {
    const parts = { doing: `inspect container ${handle}`, ms: LIMITS.inspectMs, signal }
    const path = `/containers/${encodeURIComponent(handle)}/json`
    return this.#parts.engine.call(parts, async (_, abortSignal, ask) => {
      try {
        return (await ask({ method: 'GET', path }, abortSignal)) as Inspected
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    })
  }

  /** What it says that it is to one of our instances; undefined for what is no sandbox of ours. */
  sandboxClaim({ labels }: Pick<Sighting, 'labels'>): Claim | undefined {
    const claim = readClaim(labels, this.#parts.key)
    return claim?.owner === this.#parts.owner && claim.role === 'sandbox' ? claim : undefined
  }

  /** One of ours; undefined when it does not exist or is not ours. */
  async find(handle: string, { signal, ahead }: FindParts = {}): Promise<Found | undefined> {
    const info = await this.inspect(handle, signal)
    const identity = info && this.identify(sightingOf(info))
    if (!identity) return undefined
    const joined = joinedBy(info.HostConfig.NetworkMode)
    if (joined === undefined) return { info, network: info, identity }
    const expected = await ahead?.catch(() => undefined)
    const network = expected?.Id === joined ? expected : await this.inspect(joined, signal)
    return { info, network, identity }
  }

  /** What there is to say of one of ours. The last lines of one that has exited are read unless they are given. */
  async fact(found: Found, log?: readonly string[]): Promise<Present | Gone> {
    const vantage = await this.vantage()
    let fact = factOf({ ...found, vantage, ...(log && { log }) })
    if (!log && fact.k === 'present' && fact.phase === 'exited')
      fact = factOf({ ...found, vantage, log: await this.logs(found.info.Id) })
    return fact.k === 'present' && this.#isOutdated(found) ? { ...fact, outdated: true } : fact
  }

  /** Whether the name of its image stands for another one now. Of an older revision it does not matter any more. */
  #isOutdated({ info, identity }: Found): boolean {
    const madeOf = imageOf(info.Config.Labels ?? {})
    const fn = this.functions.find(({ id }) => id === identity.ref.fn)
    if (madeOf === undefined || fn?.spec.k !== 'image' || fn.revision !== identity.revision)
      return false
    const now = this.#parts.imageId(fn.spec.image)
    return now !== undefined && now !== madeOf
  }

  /** All of ours, running or not. Only when existing containers count are all of the engine's looked through. */
  async list(signal: AbortSignal): Promise<Listing> {
    const everything = this.functions.some(({ spec }) => spec.k === 'container')
    const filters = everything ? undefined : { label: [ownerFilter(this.#parts.owner)] }
    const listed = await this.#parts.engine.call(
      { doing: 'list containers', ms: DOCKER_LIMITS.listMs, signal },
      (docker, abortSignal) =>
        docker.listContainers({ all: true, ...(filters && { filters }), abortSignal }),
    )
    this.#holders.retain(new Set(listed.map(({ Id }) => Id)))
    const seen = listed.map(
      ({ Id: id, Names: names, Labels: labels, State: state, HostConfig }) => {
        const sighting = { id, name: ownName(names), labels: labels ?? {} }
        return { sighting, id, state, joined: joinedBy(HostConfig.NetworkMode) }
      },
    )
    const instances = seen.flatMap(({ sighting, ...rest }) => {
      const identity = this.identify(sighting)
      return identity ? [{ ...rest, identity }] : []
    })
    const sandboxes = seen.flatMap(({ sighting, id, state }) => {
      const claim = this.sandboxClaim(sighting)
      // A copy of the labels has another name.
      const isNamed = claim && sighting.name === sandboxName(claim.fn, claim.instance)
      return isNamed ? [{ id, state, claim }] : []
    })
    return { instances, sandboxes }
  }

  /** Last lines of output; empty where there are none, or where the engine cannot read them back. */
  async logs(id: string): Promise<readonly string[]> {
    const options = {
      stdout: true,
      stderr: true,
      tail: LIMITS.logTailLines,
      follow: false as const,
    }
    try {
      const answer: unknown = await this.#parts.engine.call(
        { doing: 'read logs', ms: DOCKER_LIMITS.logsMs },
        (docker, abortSignal) => docker.getContainer(id).logs({ ...options, abortSignal }),
      )
      // The client library parses what happens to be JSON: then it was one line of a terminal.
      return Buffer.isBuffer(answer) ? tailOf(answer) : [JSON.stringify(answer)]
    } catch (error) {
      if (error instanceof RuntimeError) return []
      throw error
    }
  }

  /** From where the engine in use is looked at; asked for once per connection. */
  async vantage(): Promise<Vantage> {
    const connection = await this.#parts.engine.connect()
    if (this.#vantage?.of !== connection) {
      const { platform, self } = this.#parts
      const found = self().then((id) => findVantage({ connection, platform, self: id }))
      this.#vantage = { of: connection, found }
    }
    return this.#vantage.found
  }
}

/** Links give a container further names, with the other container's name in front. */
const ownName = (names: readonly string[]): string =>
  (names.find((name) => name.lastIndexOf('/') === 0) ?? '').slice(1)

/** The engine's containers, seen as instances: looked up, listed, told apart into ours and others', and their logs. Changes nothing. */

import type Docker from 'dockerode'
import type { FunctionSpec } from '../../domain/function.ts'
import type { InstanceId, OwnerId } from '../../domain/ids.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { Gone, Present } from '../runtime.ts'
import { RuntimeError } from '../runtime.ts'
import { imageOf, ownerFilter } from './claim.ts'
import { statusOf } from './engine-error.ts'
import type { Connection, Engine } from './engine.ts'
import { existingId, factOf, identify, sightingOf } from './facts.ts'
import type { Identity, Sighting } from './facts.ts'
import { Holders } from './holders.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { tailOf } from './lines.ts'
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

/** One line of a list, of a container of ours. */
export interface Listed {
  readonly id: string
  /** The engine's word. */
  readonly state: string
}

/** A container that was looked up and is ours. */
export interface Found {
  readonly info: Inspected
  readonly identity: Identity
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
    return this.#parts.engine.call(
      { doing: `inspect container ${handle}`, ms: LIMITS.inspectMs, signal },
      async (docker, abortSignal) => {
        try {
          return await docker
            .getContainer(encodeURIComponent(handle))
            .inspect({ abortSignal } as object)
        } catch (error) {
          if (statusOf(error) === 404) return undefined
          throw error
        }
      },
    )
  }

  /** One of ours; undefined when it does not exist or is not ours. */
  async find(handle: string, signal?: AbortSignal): Promise<Found | undefined> {
    const info = await this.inspect(handle, signal)
    const identity = info && this.identify(sightingOf(info))
    return identity && { info, identity }
  }

  /** What there is to say of one of ours. The last lines of one that has exited are read unless they are given. */
  async fact({ info, identity }: Found, log?: readonly string[]): Promise<Present | Gone> {
    const vantage = await this.vantage()
    let fact = factOf({ info, identity, vantage, ...(log && { log }) })
    if (!log && fact.k === 'present' && fact.phase === 'exited')
      fact = factOf({ info, identity, vantage, log: await this.logs(info.Id) })
    return fact.k === 'present' && this.#isOutdated({ info, identity })
      ? { ...fact, outdated: true }
      : fact
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
  async list(signal: AbortSignal): Promise<readonly Listed[]> {
    const everything = this.functions.some(({ spec }) => spec.k === 'container')
    const filters = everything ? undefined : { label: [ownerFilter(this.#parts.owner)] }
    const listed = await this.#parts.engine.call(
      { doing: 'list containers', ms: DOCKER_LIMITS.listMs, signal },
      (docker, abortSignal) =>
        docker.listContainers({ all: true, ...(filters && { filters }), abortSignal }),
    )
    this.#holders.retain(new Set(listed.map(({ Id }) => Id)))
    return listed
      .filter(({ Id, Names, Labels }) =>
        this.identify({ id: Id, name: ownName(Names), labels: Labels ?? {} }),
      )
      .map(({ Id, State }) => ({ id: Id, state: State }))
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

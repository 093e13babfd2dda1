/**
 * The images that instances are made from. One pull serves all who wait for it; it is cancelled when all have left.
 * Presence is remembered for a minute, so that a second instance costs no question.
 */

import type Docker from 'dockerode'
import NodeCache from 'node-cache'
import type { FunctionSpec, ImageSpec } from '../../domain/function.ts'
import type { Events } from '../../telemetry/events.ts'
import { RuntimeError } from '../runtime.ts'
import { credentialsFor } from './credentials.ts'
import type { CredentialParts } from './credentials.ts'
import { engineError, engineMessage, reasonOf, statusOf } from './engine-error.ts'
import type { Engine } from './engine.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { jsonLines } from './lines.ts'
import { PullProgress } from './pull-progress.ts'

export interface ImagesParts extends CredentialParts {
  readonly engine: Engine
  readonly events: Events
}

interface Pull {
  readonly done: Promise<void>
  readonly abort: AbortController
  waiting: number
}

/** A pull ends with its callers' deadlines, each `start.pullTimeout`; this one only bounds a mistake. */
const PULL_MAX_MS = 24 * 3_600_000

export class Images {
  /** What names stood for when last looked at; of images in use only. */
  readonly #ids = new Map<string, string>()
  readonly #parts: ImagesParts
  readonly #pulls = new Map<string, Pull>()
  readonly #present = new NodeCache({
    stdTTL: DOCKER_LIMITS.imageTtlS,
    maxKeys: DOCKER_LIMITS.imagesMax,
    // Checked when asked; a period would be a timer that keeps the process alive.
    checkperiod: 0,
    useClones: false,
  })

  constructor(parts: ImagesParts) {
    this.#parts = parts
  }

  /** Sees to it that the image is there, by the function's policy. Throws `image_missing` or `pull_failed`, with advice. */
  async prepare(fn: FunctionSpec, spec: ImageSpec, signal: AbortSignal): Promise<void> {
    if (spec.pull !== 'always') {
      if (this.#present.has(spec.image)) return
      if (await this.#look(spec.image, signal)) return this.#remember(spec.image)
      if (spec.pull === 'never') {
        throw new RuntimeError(
          'image_missing',
          `image ${spec.image} is not on the engine, and pull: never forbids fetching it: build or load it, or set pull: missing`,
        )
      }
    }
    await this.#share(fn, spec.image, signal)
    await this.#look(spec.image, signal)
    this.#remember(spec.image)
  }

  /** The id of what the name stood for when last looked at. */
  idOf(image: string): string | undefined {
    return this.#ids.get(image)
  }

  /** Looks again at what the functions' images are. Resolves with the names that stand for something else now. */
  async refresh(
    functions: readonly FunctionSpec[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const names = new Set(functions.flatMap(({ spec }) => (spec.k === 'image' ? spec.image : [])))
    for (const known of this.#ids.keys()) if (!names.has(known)) this.#ids.delete(known)
    const changed: string[] = []
    for (const name of names) {
      const before = this.#ids.get(name)
      await this.#look(name, signal)
      if (before !== undefined && before !== this.#ids.get(name)) changed.push(name)
    }
    return changed
  }

  /** The engine says that it is no longer there. */
  forget(image: string): void {
    this.#present.del(image)
  }

  #remember(image: string): void {
    // A full cache throws; then the oldest minute of knowledge is given up.
    if (this.#present.keys().length >= DOCKER_LIMITS.imagesMax) this.#present.flushAll()
    this.#present.set(image, true)
  }

  /** Whether it is there; its id is kept in mind, also of one that has been removed: instances of it are not outdated. */
  #look(image: string, signal: AbortSignal): Promise<boolean> {
    const ask = async (docker: Docker, abortSignal: AbortSignal): Promise<boolean> => {
      try {
        const { Id: id } = await docker.getImage(image).inspect({ abortSignal } as object)
        this.#ids.set(image, id)
        return true
      } catch (error) {
        if (statusOf(error) === 404) return false
        throw error
      }
    }
    return this.#parts.engine.call(
      { doing: `look up image ${image}`, ms: DOCKER_LIMITS.listMs, signal },
      ask,
    )
  }

  async #share(fn: FunctionSpec, image: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const pull = this.#pulls.get(image) ?? this.#begin(fn, image)
    pull.waiting += 1
    const { promise, reject } = Promise.withResolvers<never>()
    const leave = (): void => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    try {
      await Promise.race([pull.done, promise])
    } finally {
      signal.removeEventListener('abort', leave)
      pull.waiting -= 1
      if (pull.waiting === 0) {
        pull.abort.abort(new RuntimeError('timeout', `nobody waits for image ${image} any more`))
        if (this.#pulls.get(image) === pull) this.#pulls.delete(image)
      }
    }
  }

  #begin(fn: FunctionSpec, image: string): Pull {
    const abort = new AbortController()
    const done = this.#pull(fn, image, abort.signal).finally(() => {
      if (this.#pulls.get(image) === pull) this.#pulls.delete(image)
    })
    // Whoever waits hears of a failure; when all have left nobody needs to.
    done.catch(() => undefined)
    const pull: Pull = { done, abort, waiting: 0 }
    this.#pulls.set(image, pull)
    return pull
  }

  async #pull(fn: FunctionSpec, image: string, signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#parts
    const authconfig = await credentialsFor(image, this.#parts)
    const progress = new PullProgress(clock, (message) =>
      events.emit({ k: 'pull', at: clock.wall(), fn: fn.id, image, message }),
    )
    progress.say('pulling')
    await this.#parts.engine.call(
      { doing: `pull ${image}`, ms: PULL_MAX_MS, signal },
      async (docker, abortSignal) => {
        const stream = await docker
          .pull(image, { abortSignal, ...(authconfig && { authconfig }) })
          .catch((error: unknown) => {
            throw statusOf(error) === undefined ? error : pullError(image, engineMessage(error))
          })
        for await (const line of jsonLines(stream)) {
          const error = (line as { error?: unknown }).error
          if (typeof error === 'string') throw pullError(image, error)
          progress.step(line as object)
        }
      },
    )
    progress.say('pulled')
  }
}

function pullError(image: string, message: string): RuntimeError {
  const reason = reasonOf(message)
  if (reason === 'image_missing' || /not found/i.test(message)) {
    return new RuntimeError(
      'image_missing',
      `image ${image} does not exist, or needs \`docker login\`: ${message}`,
    )
  }
  if (reason === 'disk_full') return engineError(`pull ${image}`, message)
  return new RuntimeError(
    'pull_failed',
    `could not pull ${image}: ${message}: see that the engine reaches the registry, and \`docker login\``,
  )
}

/**
 * One watch of the engine: subscribes to its events, lists, says `synced`, lists again now and then. When the
 * engine goes away it says `lost` once, comes back by itself with growing pauses, and says `synced` again.
 */

import type { InstanceId } from '../../domain/ids.ts'
import { sleep } from '../../lib/clock.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { Fact, Watch } from '../runtime.ts'
import { RuntimeError } from '../runtime.ts'
import type { Containers } from './containers.ts'
import type { Engine } from './engine.ts'
import type { Images } from './images.ts'
import { Ledger } from './ledger.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { jsonLines } from './lines.ts'
import type { Upkeep } from './upkeep.ts'

/** What changes an instance. Everything else the engine tells (exec, health, kill) is not asked for. */
const ACTIONS = ['start', 'die', 'pause', 'unpause', 'destroy', 'rename']
/** What can make an image's name stand for something else. */
const IMAGE_ACTIONS = ['tag', 'load', 'pull']

/** After these a sandbox holds no network any more. */
const ENDS: ReadonlySet<string> = new Set(['die', 'destroy'])

export interface WatchParts {
  readonly engine: Engine
  readonly containers: Containers
  readonly images: Images
  readonly upkeep: Upkeep
  readonly clock: Clock
  readonly sink: (fact: Fact) => void
  /** A container could not be looked at; the others go on. */
  readonly notice: (message: string) => void
}

interface EngineEvent {
  readonly Type?: string
  readonly Action?: string
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> }
}

export class ContainerWatch implements Watch {
  readonly ledger: Ledger
  readonly #parts: WatchParts
  readonly #closing = new AbortController()
  /** Lists again at once; undefined while no session runs, whose beginning lists anyway. */
  #listAgain: (() => void) | undefined
  /** Ends the session that runs, with the reason. */
  #session = new AbortController()

  constructor(parts: WatchParts) {
    this.#parts = parts
    const { containers, notice } = parts
    this.ledger = new Ledger({
      sink: parts.sink,
      look: async (id) => {
        const found = await containers.find(id, { signal: this.#session.signal })
        return found && containers.fact(found)
      },
      failed: (error) => {
        if (isAway(error)) this.#session.abort(error)
        else if (!this.#session.signal.aborted) notice(messageOf(error))
      },
    })
    void this.#run()
  }

  relist(): void {
    this.#listAgain?.()
  }

  close(): void {
    this.#closing.abort()
    this.#session.abort()
    this.ledger.close()
  }

  async #run(): Promise<void> {
    const { clock, sink } = this.#parts
    const closing = this.#closing.signal
    let pauseMs: number = DOCKER_LIMITS.reconnectMinMs
    let told = false
    const synced = (): void => {
      told = false
      if (!closing.aborted) sink({ k: 'synced' })
    }
    while (!closing.aborted) {
      const from = clock.now()
      const cause = messageOf(await this.#sessionEnd(synced))
      if (closing.aborted) return
      this.ledger.forget()
      if (!told) sink({ k: 'lost', cause: { message: cause } })
      told = true
      // A session that held for a while was a good one: an engine that ends each at once is asked ever more seldom.
      if (clock.now() - from > DOCKER_LIMITS.reconnectMaxMs) pauseMs = DOCKER_LIMITS.reconnectMinMs
      await sleep(clock, pauseMs, closing).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, DOCKER_LIMITS.reconnectMaxMs)
    }
  }

  /** Runs one session; resolves with why it ended. */
  async #sessionEnd(synced: () => void): Promise<unknown> {
    const session = new AbortController()
    this.#session = session
    if (this.#closing.signal.aborted) return undefined
    let relist: Timer | undefined
    const ended = Promise.withResolvers<unknown>()
    session.signal.addEventListener('abort', () => ended.resolve(session.signal.reason), {
      once: true,
    })
    try {
      const stream = await this.#subscribe(session.signal)
      void this.#read(stream).then(
        () => session.abort(new RuntimeError('engine_away', 'the engine ended its event stream')),
        (error: unknown) => session.abort(error),
      )
      // Asked here, so that the first cold start need not.
      await this.#parts.containers.vantage()
      await this.#lookAtImages(session.signal)
      const listing = await this.#parts.containers.list(session.signal)
      await this.ledger.sync(listing.instances.map(({ id }) => id))
      if (!session.signal.aborted) synced()
      void this.#tidy((upkeep) => upkeep.sweep(listing, session.signal))
      relist = this.#relistLater(session)
      return await ended.promise
    } catch (error) {
      session.abort(error)
      return error
    } finally {
      relist?.cancel()
    }
  }

  /** Where an image's name stands for something else now, containers of the earlier one are told anew. */
  async #lookAtImages(signal: AbortSignal): Promise<void> {
    const { containers, images, notice } = this.#parts
    const changed = await images.refresh(containers.functions, signal)
    for (const image of changed)
      notice(`image ${image} is another one now: instances of the earlier one are replaced`)
    if (changed.length > 0) this.ledger.markAll()
  }

  #subscribe(signal: AbortSignal): Promise<NodeJS.ReadableStream> {
    const since = (this.#parts.clock.wall() - DOCKER_LIMITS.eventsSinceMs) / 1_000
    const filters = { type: ['container', 'image'], event: [...ACTIONS, ...IMAGE_ACTIONS] }
    return this.#parts.engine.call(
      { doing: 'watch events', ms: DOCKER_LIMITS.listMs, signal },
      (docker, abortSignal) =>
        docker.getEvents({ since: since.toFixed(3), filters, abortSignal } as object),
    )
  }

  async #read(stream: AsyncIterable<unknown>): Promise<void> {
    const { containers } = this.#parts
    for await (const line of jsonLines(stream)) {
      const { Type: type } = line as EngineEvent
      if (type === 'image') {
        void this.#lookAtImages(this.#session.signal).catch(() => undefined)
        continue
      }
      const { Action: action = '', Actor: { ID: id = '', Attributes: attributes = {} } = {} } =
        line as EngineEvent
      const sandbox = containers.sandboxClaim({ labels: attributes })
      if (sandbox) {
        if (ENDS.has(action)) this.#sandboxEnded(sandbox.instance)
        continue
      }
      const known = this.ledger.has(id)
      if (
        !known &&
        !containers.identify({ id, name: attributes['name'] ?? '', labels: attributes })
      )
        continue
      if (action === 'destroy') this.ledger.gone(id)
      else this.ledger.event(id, action)
    }
  }

  /** When its instance was removed before it, that one is no longer told of. */
  #sandboxEnded(instance: InstanceId): void {
    const ref = this.ledger.refOf(instance)
    if (!ref) return
    void this.#tidy((upkeep) => upkeep.cutOff(ref)).then(() => this.ledger.mark(ref.handle))
  }

  /** What fails is tried again with the next list. */
  async #tidy(act: (upkeep: Upkeep) => Promise<void>): Promise<void> {
    const { signal } = this.#session
    try {
      await act(this.#parts.upkeep)
    } catch (error) {
      if (!signal.aborted && !isAway(error)) this.#parts.notice(messageOf(error))
    }
  }

  /** Lists now and then, one list at a time, and when asked. */
  #relistLater(session: AbortController): Timer {
    const { clock, containers } = this.#parts
    const { ledger } = this
    let timer: Timer | undefined
    let isOut = false
    const again = async (): Promise<void> => {
      if (isOut) return
      isOut = true
      timer?.cancel()
      try {
        await this.#lookAtImages(session.signal)
        const listing = await containers.list(session.signal)
        if (session.signal.aborted) return
        ledger.relist(listing.instances)
        void this.#tidy((upkeep) => upkeep.sweep(listing, session.signal))
        timer = clock.timer(DOCKER_LIMITS.relistMs, () => void again())
      } catch (error) {
        session.abort(error)
      } finally {
        isOut = false
      }
    }
    timer = clock.timer(DOCKER_LIMITS.relistMs, () => void again())
    this.#listAgain = () => void again()
    return {
      cancel: () => {
        timer?.cancel()
        this.#listAgain = undefined
      },
    }
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof RuntimeError && (error.reason === 'engine_away' || error.reason === 'timeout')

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/**
 * What running instances print, line by line, as events. Following begins a second after the start, from the start on,
 * so that it takes nothing from a cold start; it ends with the run.
 */

import type { RunId } from '../../domain/ids.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { Events } from '../../telemetry/events.ts'
import type { Fact, Running } from '../runtime.ts'
import type { Engine } from './engine.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { Pace } from '../pace.ts'
import { Lines, Unframed } from './lines.ts'

export interface OutputParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly events: Events
}

interface Follower {
  readonly run: RunId
  readonly abort: AbortController
  readonly timer: Timer
}

export class Output {
  readonly #parts: OutputParts
  /** By container: one stream per running instance. */
  readonly #followers = new Map<string, Follower>()

  constructor(parts: OutputParts) {
    this.#parts = parts
  }

  /** Begins with the first sight of a run. */
  fact(fact: Fact): void {
    if (fact.k === 'lost') return this.close()
    if (fact.k === 'gone') return this.#end(fact.ref.handle)
    if (fact.k !== 'present' || !fact.running) return
    const { running } = fact
    const { handle } = running.ref
    if (this.#followers.get(handle)?.run === running.run) return
    this.#end(handle)
    const abort = new AbortController()
    const timer = this.#parts.clock.timer(DOCKER_LIMITS.followAfterMs, () => {
      // An ended stream is the end of the run, or of the engine; either is told elsewhere.
      void this.#follow(running, abort.signal)
        .catch(() => undefined)
        .finally(() => {
          if (this.#followers.get(handle)?.abort === abort) this.#followers.delete(handle)
        })
    })
    this.#followers.set(handle, { run: running.run, abort, timer })
  }

  close(): void {
    for (const follower of this.#followers.values()) stop(follower)
    this.#followers.clear()
  }

  #end(handle: string): void {
    const follower = this.#followers.get(handle)
    if (follower) stop(follower)
    this.#followers.delete(handle)
  }

  async #follow({ ref, run }: Running, signal: AbortSignal): Promise<void> {
    const { engine, clock, events } = this.#parts
    const options = { follow: true as const, stdout: true, stderr: true, since: this.#since(run) }
    const stream = await engine.call(
      { doing: 'follow logs', ms: DOCKER_LIMITS.logsMs, signal },
      (docker, abortSignal) =>
        docker.getContainer(ref.handle).logs({ ...options, abortSignal } as typeof options),
    )
    const unframed = new Unframed()
    const lines = new Lines()
    const pace = new Pace(clock)
    const emit = async (line: string): Promise<void> => {
      signal.throwIfAborted()
      events.emit({ k: 'output', at: clock.wall(), fn: ref.fn, instance: ref.instance, line })
      if (!pace.take()) await pace.ready()
    }
    for await (const chunk of stream) {
      for (const part of unframed.push(chunk as Buffer))
        for (const line of lines.push(part)) await emit(line)
    }
    for (const line of lines.end()) await emit(line)
  }

  /** From the start of a run that is young; an older one was taken over, and its past is not news. In seconds. */
  #since(run: RunId): string {
    const now = this.#parts.clock.wall()
    const started = Date.parse(run.slice(0, run.indexOf('/')))
    const young = now - started < 10 * DOCKER_LIMITS.followAfterMs
    // The engine notes the start when it has returned, and a quick app has printed by then.
    return ((young ? started - DOCKER_LIMITS.startNotedMs : now) / 1_000).toFixed(3)
  }
}

function stop({ timer, abort }: Follower): void {
  timer.cancel()
  abort.abort()
}

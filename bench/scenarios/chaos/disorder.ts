/** What goes wrong in `chaos`, one thing after the other, by a chance that can be repeated. */

import type { Chance } from '../../../src/lib/chance.ts'
import type { OwnEngine } from '../../../test/outside/own-engine.ts'
import type { BenchGateway } from '../../harness/gateway.ts'
import { sleep } from '../../harness/time.ts'
import { type Stage, containersOf, start } from './stage.ts'

/** Between two accidents. */
const CALM_MS = { least: 100, most: 600 }
/** Of all accidents. */
const GATEWAY_SHARE = 0.06
const ENGINE_SHARE = 0.05
/** How long the engine is away; other accidents happen meanwhile. */
const ENGINE_AWAY_MS = { least: 0, most: 4_000 }

export interface DisorderParts {
  readonly stage: Stage
  readonly gateway: BenchGateway
  readonly chance: Chance
  /** What an engine of the bench's own is started with. */
  readonly engineArgs: readonly string[]
}

export class Disorder {
  gateway: BenchGateway
  /** Resolves when no engine is on its way. */
  engineIsBack: Promise<void> = Promise.resolve()
  readonly #stage: Stage
  readonly #chance: Chance
  readonly #engineArgs: readonly string[]
  #isEngineUp = true

  constructor({ stage, gateway, chance, engineArgs }: DisorderParts) {
    this.#stage = stage
    this.gateway = gateway
    this.#chance = chance
    this.#engineArgs = engineArgs
  }

  /** Waits a while, and then does something. Resolves with what it was. */
  async strike(): Promise<string> {
    await sleep(this.#chance.between(CALM_MS.least, CALM_MS.most))
    const which = this.#chance.next()
    if (which < GATEWAY_SHARE) return this.#killGateway()
    if (which < GATEWAY_SHARE + ENGINE_SHARE && this.#stage.own && this.#isEngineUp)
      return this.#strikeEngine(this.#stage.own)
    const fn = this.#chance.of(Object.keys(this.#stage.functions)) ?? ''
    const isContainer = fn === 'contained' || fn === 'sleepy'
    return isContainer ? this.#strikeContainer(fn) : this.#strikeProcess(fn)
  }

  async #killGateway(): Promise<string> {
    process.kill(this.gateway.child.pid, 'SIGKILL')
    await this.gateway.child.exited
    this.gateway = await start(this.#stage)
    return 'gateway killed and started'
  }

  /** It comes back by itself, after a while. */
  async #strikeEngine(own: OwnEngine): Promise<string> {
    const signal = this.#chance.of(['SIGKILL', 'SIGTERM'] as const) ?? 'SIGKILL'
    const awayMs = this.#chance.between(ENGINE_AWAY_MS.least, ENGINE_AWAY_MS.most)
    this.#isEngineUp = false
    this.engineIsBack = own
      .stop(signal)
      .then(() => sleep(awayMs))
      .then(() => this.#startEngine(own))
    // Whoever waits for it at the end hears of a failure.
    this.engineIsBack.catch(() => undefined)
    return `engine: ${signal}, and started`
  }

  async #startEngine(own: OwnEngine): Promise<void> {
    await own.start(this.#engineArgs)
    this.#isEngineUp = true
  }

  async #strikeProcess(fn: string): Promise<string> {
    const { instances } = await this.gateway.status(fn)
    const pid = Number(this.#chance.of(instances.flatMap(({ run }) => run ?? []))?.split('/')[1])
    const signal = this.#chance.of(['SIGKILL', 'SIGTERM'] as const) ?? 'SIGKILL'
    if (!(pid > 1)) return 'nothing there to strike'
    try {
      process.kill(pid, signal)
      return `process: ${signal}`
    } catch {
      return 'nothing there to strike'
    }
  }

  async #strikeContainer(fn: string): Promise<string> {
    const { engine } = this.#stage
    // None that could be struck while the engine is away.
    const all = await containersOf(engine).catch(() => [])
    const ours = all.filter(({ Labels }) => Labels['coldfront.function'] === fn)
    const struck = this.#chance.of(ours)
    const what = this.#chance.of([
      'kill',
      'stop',
      'restart',
      'pause',
      'unpause',
      'start',
      'remove',
    ] as const)
    if (!engine || !struck || !what) return 'nothing there to strike'
    const container = engine.docker.getContainer(struck.Id)
    const options =
      what === 'remove'
        ? { force: true, v: true }
        : what === 'stop' || what === 'restart'
          ? { t: 1 }
          : {}
    return (container[what] as (options: object) => Promise<unknown>).call(container, options).then(
      () => `container: ${what}`,
      // It was in no state for that.
      () => `container: ${what}, in vain`,
    )
  }
}

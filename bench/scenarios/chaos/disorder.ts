/** What goes wrong in `chaos`, one thing after the other, by a chance that can be repeated. */

import type { Chance } from '../../../src/lib/chance.ts'
import type { BenchGateway } from '../../harness/gateway.ts'
import { sleep } from '../../harness/time.ts'
import { type Stage, containersOf, start } from './stage.ts'

/** Between two accidents. */
const CALM_MS = { least: 100, most: 600 }
/** Of all accidents. */
const GATEWAY_SHARE = 0.06

export class Disorder {
  gateway: BenchGateway
  readonly #stage: Stage
  readonly #chance: Chance

  constructor(stage: Stage, gateway: BenchGateway, chance: Chance) {
    this.#stage = stage
    this.gateway = gateway
    this.#chance = chance
  }

  /** Waits a while, and then does something. Resolves with what it was. */
  async strike(): Promise<string> {
    await sleep(this.#chance.between(CALM_MS.least, CALM_MS.most))
    if (this.#chance.next() < GATEWAY_SHARE) return this.#killGateway()
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
    const ours = (await containersOf(engine)).filter(
      ({ Labels }) => Labels['coldfront.function'] === fn,
    )
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

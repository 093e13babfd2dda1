/** The starts one pool has asked permits for, and the permits of starts that are out. */

import type { FunctionSpec } from '../domain/function.ts'
import type { Clock } from '../lib/clock.ts'
import type { Instance } from './instance.ts'
import type { Permit, PermitRequest, StartPermits } from './permits.ts'

/** A start that was asked for. The permit may be granted before the request is known. */
interface Asked {
  request: PermitRequest | undefined
  granted: boolean
}

export class StartQueue {
  readonly #permits: StartPermits
  readonly #clock: Clock
  readonly #asked = new Set<Asked>()
  readonly #out = new Map<Instance, Permit>()

  constructor(permits: StartPermits, clock: Clock) {
    this.#permits = permits
    this.#clock = clock
  }

  /** Starts that wait for a permit. */
  get waiting(): number {
    return this.#asked.size
  }

  /** Asks for `count` permits; `start` runs for each as it comes, and gives it back by starting nothing. */
  request(
    fn: FunctionSpec,
    count: number,
    start: (about: { queuedMs: number }) => Instance | undefined,
  ): void {
    for (let i = 0; i < count; i += 1) {
      const askedAt = this.#clock.now()
      const asked: Asked = { request: undefined, granted: false }
      asked.request = this.#permits.request(fn.id, (permit) => {
        asked.granted = true
        this.#asked.delete(asked)
        const instance = start({ queuedMs: this.#clock.now() - askedAt })
        if (instance?.state === 'starting') this.#out.set(instance, permit)
        else permit.release()
      })
      if (!asked.granted) this.#asked.add(asked)
    }
  }

  /**
   * Starts or prepares one that nobody waits for, while the host starts nothing else; false: not now. `isNeedless` is asked when
   * somebody wants the permit meanwhile: then the start is undone.
   */
  startIdle(start: () => Instance, isNeedless: () => boolean): boolean {
    const started: { instance?: Instance } = {}
    const permit = this.#permits.takeIdle(() => {
      if (started.instance && isNeedless()) started.instance.deliver('DrainRequested')
    })
    if (!permit) return false
    const instance = (started.instance = start())
    if (instance.state === 'starting' || instance.state === 'preparing')
      this.#out.set(instance, permit)
    else permit.release()
    return true
  }

  /** The start of `instance` is over, one way or the other. */
  ended(instance: Instance): void {
    this.#out.get(instance)?.release()
    this.#out.delete(instance)
  }

  /** Nobody wants the starts that have no permit yet. */
  withdrawAll(): void {
    for (const { request } of this.#asked) request?.withdraw()
    this.#asked.clear()
  }
}

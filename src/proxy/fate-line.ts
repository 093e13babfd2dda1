/** The line to whoever handles a request: what befalls it is told once, also when it happened before anybody listened. */

import type { ResetCode } from '../domain/exchange.ts'
import type { Fate } from './incoming.ts'

export class FateLine {
  #fate: Fate | undefined
  #gone: ResetCode | undefined
  #isTold = false

  watch(fate: Fate): void {
    this.#fate = fate
    this.#tell()
  }

  gone(code: ResetCode): void {
    this.#gone ??= code
    this.#tell()
  }

  /** Runs a callback of Node's. What it throws ends this request and nothing else; undefined then. */
  guard<T>(run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      this.#fate?.crashed(error)
      return undefined
    }
  }

  #tell(): void {
    if (this.#isTold || this.#gone === undefined || !this.#fate) return
    this.#isTold = true
    const code = this.#gone
    const fate = this.#fate
    this.guard(() => fate.gone(code))
  }
}

/** The hooks of a gateway: each event goes to those that asked for its kind. A failing hook is told in the log alone. */

import type { HookSpec } from '../domain/hook.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'
import type { NumberedEvent } from './event-ring.ts'
import type { Events } from './events.ts'
import { Hook, type Post } from './hook.ts'

export interface HooksParts {
  readonly clock: Clock
  readonly events: Events
  readonly post: Post
  readonly version: string
}

export class Hooks {
  readonly #parts: HooksParts
  #hooks: readonly Hook[] = []
  /** What hooks say of themselves is told to no hook, or two that fail would never be silent. */
  #isTelling = false
  delivered = 0
  lost = 0

  constructor(parts: HooksParts) {
    this.#parts = parts
  }

  /** The hooks as they are declared now; those that did not change keep what they have to send. */
  apply(specs: readonly HookSpec[]): void {
    const left = [...this.#hooks]
    this.#hooks = specs.map((spec) => {
      const same = left.findIndex((hook) => JSON.stringify(hook.spec) === JSON.stringify(spec))
      return left.splice(same, same < 0 ? 0 : 1)[0] ?? this.#make(spec)
    })
    for (const hook of left) void hook.close(LIMITS.hookCloseMs)
  }

  /** An event that the ring has numbered. */
  told({ kind, id, text }: NumberedEvent): void {
    if (this.#isTelling) return
    for (const hook of this.#hooks)
      if (hook.spec.events.includes(kind)) hook.push({ id, body: text })
  }

  /** Waits a moment for what is queued. */
  async close(): Promise<void> {
    const hooks = this.#hooks
    this.#hooks = []
    await Promise.all(hooks.map((hook) => hook.close(LIMITS.hookCloseMs)))
  }

  #make(spec: HookSpec): Hook {
    const { clock, post, version } = this.#parts
    const delivered = (): void => void (this.delivered += 1)
    const lost = (why: string): void => {
      this.lost += 1
      if (why !== '') this.#tell(`an event is lost for the hook at ${originOf(spec.url)}: ${why}`)
    }
    return new Hook({ spec, clock, post, version, delivered, lost })
  }

  #tell(message: string): void {
    const { clock, events } = this.#parts
    this.#isTelling = true
    events.emit({ k: 'notice', at: clock.wall(), level: 'warn', message })
    this.#isTelling = false
  }
}

/** Paths and queries of hooks hold keys. */
const originOf = (url: string): string => URL.parse(url)?.origin ?? 'its address'

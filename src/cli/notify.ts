/**
 * Tells systemd how the gateway is (sd_notify(3)): ready, reloading, stopping, and alive as often as its watchdog
 * wants to hear it. Without NOTIFY_SOCKET nothing of this happens and nothing of it costs.
 */

import { execFile } from 'node:child_process'
import type { Log } from '../telemetry/log.ts'
import type { Shell } from './shell.ts'

/** Node has no datagram sockets of this kind; this program is part of systemd. A call costs the event loop 1 ms. */
const PROGRAM = 'systemd-notify'
/** It waits itself until systemd has read the message, for 5 s at most. */
const SEND_MS = 10_000

export interface NotifierParts {
  readonly shell: Pick<Shell, 'env' | 'clock'>
  readonly log: Pick<Log, 'note'>
}

export class Notifier {
  readonly #parts: NotifierParts
  /** Messages arrive in the order in which they were given. */
  #last = Promise.resolve()
  #feeding = false
  #stopping = false

  constructor(parts: NotifierParts) {
    this.#parts = parts
  }

  /** It serves, for the first time or after a reload. Never rejects, as the others here. */
  ready(): Promise<void> {
    if (this.#stopping) return Promise.resolve()
    if (!this.#feeding) this.#feed()
    return this.#tell('READY=1')
  }

  reloading(): Promise<void> {
    return this.#stopping ? Promise.resolve() : this.#tell('RELOADING=1')
  }

  stopping(): Promise<void> {
    this.#stopping = true
    return this.#tell('STOPPING=1')
  }

  /** Twice per interval, as sd_watchdog_enabled(3) advises. WATCHDOG_PID may be the older Node that handed over. */
  #feed(): void {
    const { env, clock } = this.#parts.shell
    const everyMs = Number(env['WATCHDOG_USEC']) / 1_000 / 2
    if (!env['NOTIFY_SOCKET'] || !(everyMs > 0)) return
    this.#feeding = true
    clock.timer(everyMs, () => void this.#tell('WATCHDOG=1').then(() => this.#feed()))
  }

  #tell(message: string): Promise<void> {
    const { NOTIFY_SOCKET, PATH = '' } = this.#parts.shell.env
    if (!NOTIFY_SOCKET) return this.#last
    this.#last = this.#last.then(() => this.#run(message, { NOTIFY_SOCKET, PATH }))
    return this.#last
  }

  #run(message: string, env: Record<string, string>): Promise<void> {
    return new Promise((resolve) => {
      execFile(PROGRAM, [message], { env, timeout: SEND_MS }, (error) => {
        if (error) {
          const detail = error.message
          this.#parts.log.note('warn', `systemd was not told ${message}`, { detail })
        }
        resolve()
      })
    })
  }
}

/** `coldfront top`: the functions of a running gateway, live. Keys: q, s, arrows. */

import type { GatewayStatus } from '../admin/status.ts'
import type { Timer } from '../lib/clock.ts'
import { asking } from './admin-address.ts'
import { type AdminClient, AdminClientError } from './admin-client.ts'
import { type Call, UsageError } from './command.ts'
import { EXIT } from './exit-code.ts'
import { Screen } from './screen.ts'
import type { Shell } from './shell.ts'
import type { Terminal } from './terminal.ts'
import { ORDERS, type View, offsetMax, topLines } from './top-view.ts'

const EVERY_MS = 1_000

/** Throws `UsageError` where there is no terminal. */
export async function top(call: Call): Promise<number> {
  const { terminal } = call.shell
  if (!terminal) throw new UsageError('top needs a terminal; "coldfront ps" does not')
  await asking(call, async (client) => {
    // Where the gateway cannot be asked at all, the terminal stays as it is.
    const status = await statusOf(client)
    await new Top({ shell: call.shell, terminal, client, status }).untilQuit()
  })
  return EXIT.ok
}

const statusOf = async (client: AdminClient): Promise<GatewayStatus> =>
  (await client.get('/api/v1/functions')) as GatewayStatus

interface TopParts {
  readonly shell: Shell
  readonly terminal: Terminal
  readonly client: AdminClient
  readonly status: GatewayStatus
}

class Top {
  readonly #shell: Shell
  readonly #terminal: Terminal
  readonly #client: AdminClient
  readonly #screen: Screen
  readonly #quit = Promise.withResolvers<void>()
  #timer: Timer | undefined
  #status: GatewayStatus
  #trouble: string | undefined
  #view: View = { order: 'name', offset: 0 }
  #isOver = false

  constructor({ shell, terminal, client, status }: TopParts) {
    this.#shell = shell
    this.#terminal = terminal
    this.#client = client
    this.#status = status
    this.#screen = new Screen(shell)
  }

  async untilQuit(): Promise<void> {
    const releases = [
      this.#terminal.keys((key) => this.#pressed(key)),
      this.#terminal.onResize(() => this.#draw()),
    ]
    const quit = (): void => this.#quit.resolve()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      this.#shell.happenings.on(signal, quit)
    this.#shell.onOutputGone(quit)
    try {
      this.#draw()
      this.#again()
      await this.#quit.promise
    } finally {
      this.#isOver = true
      this.#timer?.cancel()
      for (const release of releases) release()
      this.#screen.close()
    }
  }

  #again(): void {
    this.#timer = this.#shell.clock.timer(EVERY_MS, () => void this.#refresh())
  }

  /** A gateway that is away may come back. */
  async #refresh(): Promise<void> {
    try {
      this.#status = await statusOf(this.#client)
      this.#trouble = undefined
    } catch (error) {
      this.#trouble = error instanceof AdminClientError ? error.message : String(error)
    }
    if (this.#isOver) return
    this.#draw()
    this.#again()
  }

  #draw(): void {
    this.#screen.draw(
      topLines({
        status: this.#status,
        trouble: this.#trouble,
        now: this.#shell.clock.wall(),
        size: this.#terminal.size(),
        view: this.#view,
        colour: this.#shell.colour,
      }),
    )
  }

  #pressed(key: string): void {
    switch (key) {
      case 'q':
      case '\u0003':
        return this.#quit.resolve()
      case 's':
        this.#view = { order: nextOf(this.#view.order), offset: 0 }
        return this.#draw()
      case '\u001b[A':
        return this.#scroll(-1)
      case '\u001b[B':
        return this.#scroll(1)
      case '\u001b[5~':
        return this.#scroll(-this.#terminal.size().rows)
      case '\u001b[6~':
        return this.#scroll(this.#terminal.size().rows)
    }
  }

  #scroll(by: number): void {
    const most = offsetMax(this.#status, this.#terminal.size().rows)
    const offset = Math.min(most, Math.max(0, this.#view.offset + by))
    this.#view = { ...this.#view, offset }
    this.#draw()
  }
}

const nextOf = (order: View['order']): View['order'] =>
  ORDERS[(ORDERS.indexOf(order) + 1) % ORDERS.length] ?? 'name'

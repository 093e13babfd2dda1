/** The floor of a child process: a bare spawn, or a bare SIGCONT. */

import { type ChildProcess, spawn } from 'node:child_process'
import type { CommandSpec } from '../domain/function.ts'
import type { Clock } from '../lib/clock.ts'
import { type Answer, askUntilAnswered } from './asking.ts'
import type { Tier } from './factor.ts'
import { type Floor, type FloorWake, NoFloor } from './floor.ts'
import { freePort } from '../runtime/free-port.ts'
import { machineNow } from './machine-time.ts'
import type { StampedCall } from './stamped-call.ts'

export interface ProcessFloorParts {
  readonly clock: Clock
  readonly spec: CommandSpec
  readonly env: Readonly<Record<string, string | undefined>>
  readonly path: string
  readonly limitMs: number
}

interface Started {
  readonly child: ChildProcess
  readonly port: number
  readonly exited: Promise<void>
}

export class ProcessFloor implements Floor {
  readonly #parts: ProcessFloorParts
  #started: Started | undefined
  #call: StampedCall | undefined

  /** Throws `NoFloor`. */
  constructor(parts: ProcessFloorParts) {
    this.#parts = parts
    const { listening, user } = parts.spec
    if (listening) throw new NoFloor('two copies of it cannot listen at one place')
    if (user !== undefined) throw new NoFloor('it runs as another user')
  }

  async putToSleep(tier: Tier): Promise<void> {
    if (tier === 'new') return this.close()
    if (!this.#started) {
      await this.#start()
      await this.#ask()
    }
    if (tier === 'paused') this.#started?.child.kill('SIGSTOP')
  }

  async wake(tier: Tier): Promise<FloorWake> {
    if (tier === 'running') return { answer: await this.#ask(), calls: [] }
    if (tier === 'new') await this.#start()
    else this.#thaw()
    const call = this.#call!
    const answer = await this.#ask()
    return { answer: { ...answer, sent: call.sent }, calls: [call] }
  }

  async close(): Promise<void> {
    const started = this.#started
    this.#started = undefined
    if (!started) return
    const { pid } = started.child
    // The whole group, as the gateway does.
    if (pid !== undefined && started.child.exitCode === null) {
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // It went by itself.
      }
    }
    await started.exited
  }

  async #start(): Promise<void> {
    const { spec, env } = this.#parts
    const port = await freePort()
    const [file, ...args] = spec.command
    const sent = machineNow()
    const child = spawn(file, args, {
      cwd: spec.workdir,
      detached: true,
      env: { PATH: env['PATH'], HOME: env['HOME'], ...spec.env, PORT: String(port) },
      stdio: 'ignore',
    })
    this.#call = { call: 'spawn', what: args.at(-1) ?? '', sent, returned: machineNow() }
    const exited = new Promise<void>((resolve) => {
      child.on('exit', () => resolve())
      child.on('error', () => resolve())
    })
    this.#started = { child, port, exited }
  }

  #thaw(): void {
    const sent = machineNow()
    this.#started?.child.kill('SIGCONT')
    this.#call = { call: 'SIGCONT', what: '', sent, returned: machineNow() }
  }

  #ask(): Promise<Answer> {
    const { clock, path, limitMs } = this.#parts
    const place = { host: '127.0.0.1', port: this.#started?.port ?? 0 }
    return askUntilAnswered({ clock, place, host: 'floor', path, limitMs })
  }
}

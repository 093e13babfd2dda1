/** Brings one instance from its spec to a running process group, or leaves nothing behind. */

import type { CommandSpec, FunctionSpec } from '../../domain/function.ts'
import { runId, type FunctionId } from '../../domain/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Events } from '../../telemetry/events.ts'
import { RuntimeError, type Exit, type InstanceRef, type Running } from '../runtime.ts'
import { Addresses, type Address } from './address.ts'
import { assertCommand } from './command.ts'
import { environment, type BaseEnvironment } from './environment.ts'
import { spawnGated, type Gated } from './gate.ts'
import { Group } from './group.ts'
import { Output } from './output.ts'
import { Reaper } from './reaper.ts'
import { systemError } from './system-error.ts'
import { lookUpUser } from './user.ts'

/** Enough for microseconds of three centuries. */
const START_TIME_DIGITS = 16

export interface ProcessRuntimeParts {
  readonly clock: Clock
  readonly events: Events
  /** The gateway's environment; only a short list of names is passed on. */
  readonly baseEnv: BaseEnvironment
  /** For sockets, one directory per instance. Functions with a `user` must be able to pass through its parents. */
  readonly runDir: string
}

export interface Launched {
  readonly running: Running
  readonly group: Group
  readonly output: Output
  /** Resolves when nothing of it is left, its address included. Never rejects. */
  readonly over: Promise<Exit>
}

/** A shell that waits at its gate, with everything a run needs. */
interface Prepared {
  readonly gated: Gated
  readonly address: Address
  readonly output: Output
}

export class Launcher {
  readonly #parts: ProcessRuntimeParts
  readonly #addresses: Addresses
  readonly #reaper: Reaper
  readonly #warnedAboutRoot = new Set<FunctionId>()

  constructor(parts: ProcessRuntimeParts) {
    this.#parts = parts
    this.#addresses = new Addresses(parts.runDir)
    this.#reaper = new Reaper(parts.clock, (message) => this.#warn(message))
  }

  /**
   * Resolves when the command is about to replace its shell. Rejects with a `RuntimeError` or the signal's reason,
   * and then nothing of it runs.
   */
  async launch(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Launched> {
    const { clock } = this.#parts
    const { gated, address, output } = await this.#prepare(fn, ref).catch((error: unknown) => {
      throw systemError(error)
    })
    const group = new Group({ clock, gated, tail: () => output.tail })
    const over = group.ended.then(async (exit) => {
      this.#reaper.remove(group.pid)
      await address.release().catch(() => {})
      return exit
    })
    try {
      // The order is the promise: no command runs before the reaper knows its group.
      await this.#reaper.add(group.pid)
      signal.throwIfAborted()
    } catch (error) {
      gated.shut()
      await over
      throw error
    }
    gated.open()
    // The monotonic clock will do: no run outlives this process, and of two runs the later one is the greater.
    const startedAt = String(Math.round(clock.now() * 1_000)).padStart(START_TIME_DIGITS, '0')
    const run = runId(startedAt, String(group.pid))
    const running: Running = { ref, run, endpoint: address.endpoint, accepts: 'app' }
    return { running, group, output, over }
  }

  /** Ends the reaper with the last group. */
  close(): void {
    this.#reaper.close()
  }

  async #prepare(fn: FunctionSpec, { instance }: InstanceRef): Promise<Prepared> {
    const { clock, events, baseEnv: base } = this.#parts
    const spec = commandOf(fn)
    const user = spec.user === undefined ? undefined : await lookUpUser(spec.user)
    if (!user) this.#warnAboutRoot(fn.id)
    const address = await this.#addresses.take({ instance, listening: spec.listening, user })
    try {
      const env = environment({ base, fn, spec, address, user })
      assertCommand(spec.command[0], spec.workdir, env['PATH'] ?? '')
      const { command, workdir } = spec
      const gated = await spawnGated({ command, workdir, env, uid: user?.uid, gid: user?.gid })
      const output = new Output(
        (line) => events.emit({ k: 'output', at: clock.wall(), fn: fn.id, instance, line }),
        clock,
      )
      output.read(gated.stdout)
      output.read(gated.stderr)
      return { gated, address, output }
    } catch (error) {
      await address.release().catch(() => {})
      throw error
    }
  }

  #warnAboutRoot(fn: FunctionId): void {
    if (process.getuid?.() !== 0 || this.#warnedAboutRoot.has(fn)) return
    this.#warnedAboutRoot.add(fn)
    this.#warn(`${fn} runs as root, because the gateway does; set its "user" to run it as another`)
  }

  #warn(message: string): void {
    const { clock, events } = this.#parts
    events.emit({ k: 'notice', level: 'warn', at: clock.wall(), message })
  }
}

function commandOf({ spec }: FunctionSpec): CommandSpec {
  if (spec.k === 'command') return spec
  throw new RuntimeError('failed', 'it is no command, and the process runtime runs nothing else')
}

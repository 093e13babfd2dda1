/** What the contract suite needs to know of the runtime under test, and one trial of it that cleans up. */

import type { Test } from 'tap'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { instanceId, type InstanceId, type OwnerId } from '../../src/domain/ids.ts'
import type { InstanceRef, Placer, Running, RuntimeFailure } from '../../src/runtime/runtime.ts'
import { FactLog } from '../support/fact-log.ts'

/** One runtime with its world. `make` builds a new one for every test; `close` ends it. */
export interface Subject {
  readonly placer: Placer
  readonly owner: OwnerId
  /** A function that runs test/support/app.mjs with this environment configured. */
  app(env?: Readonly<Record<string, string>>): FunctionSpec
  /** A function whose command or image does not exist, and the reason a start of it must give. */
  readonly missing: {
    readonly fn: FunctionSpec
    readonly reason: Extract<RuntimeFailure, 'command_missing' | 'image_missing'>
  }
  /** Names of variables that an instance may have besides the configured and the promised ones. */
  readonly environment: readonly string[]
  /** Makes a stopped container that runs the app, behind the runtime's back; `close` removes it. */
  existing?(): Promise<FunctionSpec>
  /** Acts on a run behind the runtime's back. */
  readonly outside: {
    kill?(running: Running): Promise<void>
    pause?(running: Running): Promise<void>
    unpause?(running: Running): Promise<void>
  }
  /** GET `path` from the app; tries again while nothing listens yet. Returns the body. */
  get(running: Running, path: string): Promise<string>
  close(): Promise<void>
}

/** One promise of the port. */
export type Behaviour = (t: Test, trial: Trial) => Promise<void>

const signal = (): AbortSignal => new AbortController().signal

const LOGS_ASKED_MAX = 200
const LOGS_STEP_MS = 10

let instances = 0

/** One test's view of a subject: short words for what tests do, and everything started is ended. */
export class Trial {
  readonly subject: Subject
  readonly log = new FactLog()
  readonly #refs = new Set<InstanceRef>()

  constructor(t: Test, subject: Subject) {
    this.subject = subject
    t.teardown(async () => {
      await Promise.allSettled([...this.#refs].map((ref) => this.end(ref)))
      await subject.close()
    })
  }

  get placer(): Placer {
    return this.subject.placer
  }

  /** A new id, no longer than a real one. */
  id(): InstanceId {
    instances += 1
    return instanceId(`t${process.pid.toString(36)}-${Date.now().toString(36)}-${instances}`)
  }

  async create(fn: FunctionSpec, id = this.id()): Promise<InstanceRef> {
    await this.placer.prepare(fn, signal())
    const ref = await this.placer.create(fn, id, signal())
    this.#refs.add(ref)
    return ref
  }

  start(fn: FunctionSpec, ref: InstanceRef, abort = signal()): Promise<Running> {
    return this.placer.start(fn, ref, abort)
  }

  /** Creates, starts, and waits until the app answers. */
  async run(fn: FunctionSpec, id?: InstanceId): Promise<Running> {
    const running = await this.start(fn, await this.create(fn, id))
    await this.subject.get(running, '/')
    return running
  }

  get(running: Running, path: string): Promise<string> {
    return this.subject.get(running, path)
  }

  inspect(ref: InstanceRef) {
    return this.placer.inspect(ref, signal())
  }

  /** The logs, asked for again while `last` is not there: a line and the answer that followed it travel apart. */
  async logsUntil(ref: InstanceRef, last: string): Promise<readonly string[]> {
    for (let asked = 1; ; asked += 1) {
      const lines = await this.placer.logs(ref)
      if (lines.at(-1) === last || asked === LOGS_ASKED_MAX) return lines
      await new Promise((resolve) => {
        setTimeout(resolve, LOGS_STEP_MS)
      })
    }
  }

  /** Watches from here on, and waits for the first list. */
  async watch(t: Test, fns: readonly FunctionSpec[]): Promise<FactLog> {
    const watch = this.placer.watch(this.subject.owner, () => fns, this.log.sink)
    t.teardown(() => watch.close())
    await this.log.synced()
    return this.log
  }

  /** Stops at once and removes. */
  async end(ref: InstanceRef): Promise<void> {
    await this.placer.stop(ref, 0)
    await this.placer.remove(ref)
    this.#refs.delete(ref)
  }
}

/**
 * A world without I/O: instances that exist only as entries of a map. Commands can be answered by hand, late,
 * falsely or not at all; by itself the world does what it is asked at once.
 */

import type { Contract, ProbeReport } from '../../src/contract/contract.ts'
import type { Lease } from '../../src/domain/admission.ts'
import type { Exchange } from '../../src/domain/exchange.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import {
  type InstanceId,
  type OwnerId,
  type RevisionId,
  type RunId,
  instanceId,
  runId,
} from '../../src/domain/ids.ts'
import {
  type Exit,
  type Fact,
  type Gone,
  type InstanceRef,
  type Phase,
  type Placer,
  type Present,
  type Running,
  RuntimeError,
  type Watch,
} from '../../src/runtime/runtime.ts'

export type Verb =
  | 'prepare'
  | 'create'
  | 'start'
  | 'vouch'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'remove'
  | 'inspect'
  | 'ready'

/** One call that is out. `act` does to the world what was asked; `pass` and `fail` answer the caller. */
export interface Call {
  readonly verb: Verb
  readonly handle: string
  readonly signal: AbortSignal | undefined
  act(): void
  pass(): void
  fail(error?: Error): void
}

interface Entry {
  readonly ref: InstanceRef
  readonly revision: RevisionId
  phase: Phase
  run: RunId
  exit: Exit | undefined
}

const CLEAN: Exit = { code: 0, signal: undefined, oomKilled: false, log: [] }

export class FakeWorld implements Placer {
  readonly place = 'each'
  readonly name = 'process'
  readonly can: Placer['can']
  /** What was asked, in order: `start hello-1`. */
  readonly asked: string[] = []
  /** The same, and which connections were to be closed: `idle 000001/hello-1`. */
  readonly journal: string[] = []
  /** Calls of verbs in `byHand` that wait for an answer. */
  readonly calls: Call[] = []
  readonly byHand = new Set<Verb>()
  readonly entries = new Map<string, Entry>()
  /** What becomes of facts: told at once, kept in `late` until `deliver`, or lost. */
  facts: 'now' | 'late' | 'lost' = 'now'
  readonly late: Fact[] = []
  /** Handles of what was stopped without grace, each time. */
  readonly kills: string[] = []
  /** Runs that were seen ready, and how often. */
  readonly proven = new Map<RunId, number>()
  /** Handles of what was frozen by a command and has not been thawed since. */
  readonly frozen = new Set<string>()
  /** What the other side has been told to exist. */
  readonly #told = new Map<string, InstanceRef>()
  readonly #sinks = new Set<(f: Fact) => void>()
  #runs = 0

  constructor(can: Partial<Placer['can']> = {}) {
    this.can = { pause: true, keepStopped: true, adopt: false, ...can }
  }

  /** Handles of what runs or is frozen. */
  get alive(): string[] {
    return [...this.entries.values()]
      .filter((e) => e.phase === 'running' || e.phase === 'paused')
      .map((e) => e.ref.handle)
  }

  /** The oldest unanswered call of a verb. */
  call(verb: Verb): Call {
    const call = this.calls.find((c) => c.verb === verb)
    if (!call) throw new Error(`no ${verb} is out; asked: ${this.asked.join(', ')}`)
    return call
  }

  /** Answers every call that is out. */
  passAll(): void {
    for (const call of Array.from(this.calls)) call.pass()
  }

  watch(
    _owner: OwnerId,
    _functions: () => readonly FunctionSpec[],
    sink: (f: Fact) => void,
  ): Watch {
    this.#sinks.add(sink)
    if (this.facts === 'now') this.relist()
    return { relist: () => this.relist(), close: () => this.#sinks.delete(sink) }
  }

  tell(fact: Fact): void {
    if (this.facts === 'lost') return
    if (this.facts === 'late' || this.#isOvertaking(fact)) return void this.late.push(fact)
    this.#tell(fact)
  }

  /** Facts about one instance come in their order: behind one that is late the next ones are late too. */
  #isOvertaking(fact: Fact): boolean {
    if (!('ref' in fact)) return false
    const { handle } = fact.ref
    return this.late.some((late) => 'ref' in late && late.ref.handle === handle)
  }

  #tell(fact: Fact): void {
    if (fact.k === 'present') this.#told.set(fact.ref.handle, fact.ref)
    if (fact.k === 'gone') this.#told.delete(fact.ref.handle)
    for (const sink of this.#sinks) sink(fact)
  }

  /** The oldest fact that is late arrives. */
  deliver(): void {
    const fact = this.late.shift()
    if (fact) this.#tell(fact)
  }

  /** What every adapter does now and then: tells again what is there. */
  relist(): void {
    for (const [handle, ref] of this.#told)
      if (!this.entries.has(handle)) this.tell({ k: 'gone', ref })
    for (const e of this.entries.values()) this.tell(this.#present(e))
    this.tell({ k: 'synced' })
  }

  /** The fact about an instance as it is now. */
  fact(handle: string): Present | Gone {
    const e = this.entries.get(handle)
    return e ? this.#present(e) : { k: 'gone', ref: { handle } as InstanceRef }
  }

  /** Something happens that nobody here asked for. */
  outside(what: 'exit' | 'oom' | 'pause' | 'unpause' | 'start' | 'remove', handle: string): void {
    const e = this.#entry(handle)
    if (what === 'exit' && isAlive(e)) this.#exit(e, { ...CLEAN, code: 1 })
    if (what === 'oom' && isAlive(e)) this.#exit(e, { ...CLEAN, code: 137, oomKilled: true })
    if (what === 'pause' && e.phase === 'running') this.#move(e, 'paused')
    if (what === 'unpause' && e.phase === 'paused') this.#move(e, 'running')
    if (what === 'start' && !isAlive(e)) this.#run(e)
    if (what === 'remove') {
      this.entries.delete(handle)
      this.frozen.delete(handle)
      this.tell({ k: 'gone', ref: e.ref })
    }
  }

  /** An instance of an earlier gateway is there. */
  found(handle: string, fn: FunctionSpec, phase: Phase): void {
    const ref: InstanceRef = { instance: instanceId(handle), fn: fn.id, handle }
    const exit = phase === 'exited' ? CLEAN : undefined
    const run = phase === 'created' ? ('' as RunId) : runId('000000', handle)
    const entry: Entry = { ref, revision: fn.revision, phase, run, exit }
    this.entries.set(handle, entry)
    this.tell(this.#present(entry))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  prepare(_fn: FunctionSpec, signal: AbortSignal): Promise<void> {
    return this.#do('prepare', '', signal, () => undefined)
  }

  create(fn: FunctionSpec, id: InstanceId, signal: AbortSignal): Promise<InstanceRef> {
    const { spec } = fn
    const instance = spec.k === 'container' ? instanceId(`${fn.id}-${spec.container}`) : id
    const ref: InstanceRef = { instance, fn: fn.id, handle: id }
    return this.#do('create', id, signal, () => {
      if (this.can.keepStopped) this.#make(fn, ref)
      return ref
    })
  }

  start(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Running> {
    return this.#do('start', ref.handle, signal, () => {
      if (!this.can.keepStopped) this.#make(fn, ref)
      const e = this.#entry(ref.handle)
      if (e.phase !== 'running') this.#run(e)
      return this.#running(e)
    })
  }

  vouch(running: Running, signal: AbortSignal): Promise<void> {
    return this.#do('vouch', running.ref.handle, signal, () => undefined)
  }

  pause(running: Running): Promise<void> {
    return this.#do('pause', running.ref.handle, undefined, () => {
      const e = this.#entry(running.ref.handle)
      if (!isAlive(e)) throw new RuntimeError('failed', 'it does not run')
      if (e.phase === 'paused') return
      if (e.run === running.run) this.frozen.add(running.ref.handle)
      this.#move(e, 'paused')
    })
  }

  resume(running: Running): Promise<Running> {
    return this.#do('resume', running.ref.handle, undefined, () => {
      const e = this.#entry(running.ref.handle)
      if (!isAlive(e)) throw new RuntimeError('failed', 'it does not run')
      if (e.phase === 'paused') this.#move(e, 'running')
      return this.#running(e)
    })
  }

  stop(ref: InstanceRef, graceMs: number): Promise<Exit> {
    if (graceMs === 0) this.kills.push(ref.handle)
    return this.#do('stop', ref.handle, undefined, () => {
      const e = this.entries.get(ref.handle)
      if (e && isAlive(e)) this.#exit(e, CLEAN)
      return e?.exit ?? CLEAN
    })
  }

  remove(ref: InstanceRef): Promise<void> {
    return this.#do('remove', ref.handle, undefined, () => {
      if (this.entries.delete(ref.handle)) this.tell({ k: 'gone', ref })
    })
  }

  inspect(ref: InstanceRef, signal: AbortSignal): Promise<Present | Gone> {
    return this.#do('inspect', ref.handle, signal, () => {
      const e = this.entries.get(ref.handle)
      return e ? this.#present(e) : { k: 'gone', ref }
    })
  }

  logs(): Promise<readonly string[]> {
    return Promise.resolve([])
  }

  /** The readiness of this world's instances, for `FakeContract`. */
  ready(running: Running, signal: AbortSignal): Promise<ProbeReport> {
    return this.#do('ready', running.ref.handle, signal, () => {
      const there = this.entries.get(running.ref.handle)
      if (there?.run !== running.run) throw new RuntimeError('port_closed', 'nobody answers')
      this.proven.set(running.run, (this.proven.get(running.run) ?? 0) + 1)
      return { attempts: 1, slackMs: 0 }
    })
  }

  #do<T>(verb: Verb, handle: string, signal: AbortSignal | undefined, act: () => T): Promise<T> {
    this.asked.push(handle ? `${verb} ${handle}` : verb)
    this.journal.push(`${verb} ${handle}`)
    return new Promise((resolve, reject) => {
      let result: { value: T } | undefined
      const call: Call = {
        verb,
        handle,
        signal,
        act: () => {
          result ??= { value: act() }
        },
        pass: () => {
          this.#answered(call)
          try {
            call.act()
            if (result) resolve(result.value)
          } catch (error) {
            reject(error)
          }
        },
        fail: (error = new RuntimeError('failed', `${verb} failed`)) => {
          this.#answered(call)
          reject(error)
        },
      }
      if (this.byHand.has(verb)) return void this.calls.push(call)
      // Who asks for a stop has taken note of that before its end is told.
      if (verb === 'stop') queueMicrotask(call.pass)
      else call.pass()
    })
  }

  #answered(call: Call): void {
    const at = this.calls.indexOf(call)
    if (at >= 0) this.calls.splice(at, 1)
  }

  #make(fn: FunctionSpec, ref: InstanceRef): void {
    if (this.entries.has(ref.handle)) return
    const { revision } = fn
    const made: Entry = { ref, revision, phase: 'created', run: '' as RunId, exit: undefined }
    this.entries.set(ref.handle, made)
    this.#told.set(ref.handle, ref)
  }

  #entry(handle: string): Entry {
    const e = this.entries.get(handle)
    if (!e) throw new RuntimeError('container_missing', `no ${handle}`)
    return e
  }

  #run(e: Entry): void {
    this.#runs += 1
    e.run = runId(String(this.#runs).padStart(6, '0'), e.ref.handle)
    e.exit = undefined
    this.#move(e, 'running')
  }

  #exit(e: Entry, exit: Exit): void {
    e.exit = exit
    this.#move(e, 'exited')
    // A runtime that keeps nothing has no more than a name before the start and after the end.
    if (!this.can.keepStopped) this.entries.delete(e.ref.handle)
  }

  #move(e: Entry, phase: Phase): void {
    e.phase = phase
    if (phase !== 'paused') this.frozen.delete(e.ref.handle)
    this.tell(this.#present(e))
  }

  #running(e: Entry): Running {
    return {
      ref: e.ref,
      run: e.run,
      endpoint: { k: 'unix', path: `/fake/${e.ref.handle}`, proto: 'h1' },
      accepts: 'app',
    }
  }

  #present(e: Entry): Present {
    const base = {
      k: 'present',
      ref: e.ref,
      revision: e.revision,
      phase: e.phase,
      run: e.run,
    } as const
    if (isAlive(e)) return { ...base, running: this.#running(e) }
    return e.exit ? { ...base, exit: e.exit } : base
  }
}

const isAlive = (e: Entry): boolean => e.phase === 'running' || e.phase === 'paused'

/** Ready when the world says so; notes which connections it was told to close. */
export class FakeContract implements Contract {
  readonly closed: string[] = []
  readonly expected: string[] = []
  readonly #world: FakeWorld
  readonly #other: FakeWorld | undefined

  constructor(world: FakeWorld, other?: FakeWorld) {
    this.#world = world
    this.#other = other
  }

  ready(running: Running, _fn: FunctionSpec, signal: AbortSignal): Promise<ProbeReport> {
    return this.#of(running.ref.handle).ready(running, signal)
  }

  #of(handle: string): FakeWorld {
    return this.#other?.entries.has(handle) ? this.#other : this.#world
  }

  expect({ run }: Running): void {
    this.expected.push(run)
  }

  open(_lease: Lease, _exchange: Exchange): void {
    throw new Error('no exchanges in this world')
  }

  close(run: RunId, which: 'idle' | 'all'): void {
    this.closed.push(`${which} ${run}`)
    this.#of(run.slice(run.indexOf('/') + 1)).journal.push(`${which} ${run}`)
  }
}

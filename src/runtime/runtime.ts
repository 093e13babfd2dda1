/**
 * The port through which the world is touched: facts in, commands out. An adapter never decides.
 * Commands of one instance are issued one at a time; an adapter need not order them.
 */

import type { Endpoint } from '../domain/endpoint.ts'
import type { FunctionId, InstanceId, OwnerId, RevisionId, RunId } from '../domain/ids.ts'
import type { FunctionSpec, RuntimeName } from '../domain/function.ts'

/** Names an instance to its runtime. `handle` is the runtime's own name for it (container id, pid). */
export interface InstanceRef {
  readonly instance: InstanceId
  readonly fn: FunctionId
  readonly handle: string
}

/** A run that was seen running. */
export interface Running {
  readonly ref: InstanceRef
  readonly run: RunId
  readonly endpoint: Endpoint
  /**
   * Something copies bytes in front of the app (docker-proxy) and accepts before the app listens:
   * an accepted connection alone proves nothing.
   */
  readonly accepts: 'app' | 'proxy'
}

/** How a run ended. */
export interface Exit {
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly oomKilled: boolean
  /** Last lines of output, oldest first, bounded. */
  readonly log: readonly string[]
}

/** Why the runtime itself is away. */
export interface Cause {
  readonly message: string
}

export type Phase = 'created' | 'running' | 'paused' | 'exited'

/** An instance is there, in this phase. `run` of a `created` one is the empty string. */
export interface Present {
  readonly k: 'present'
  readonly ref: InstanceRef
  readonly revision: RevisionId
  readonly phase: Phase
  readonly run: RunId
  /** There while running or paused. */
  readonly running?: Running
  /** There when exited. */
  readonly exit?: Exit
  /** What its image's name stands for has changed since it was made: made now it would be another. */
  readonly outdated?: boolean
}

export type Gone = { readonly k: 'gone'; readonly ref: InstanceRef }

/** What happened in the world. `gone`: it no longer exists. `synced`: the first list is complete. `lost`: the runtime is away. */
export type Fact =
  | Present
  | Gone
  | { readonly k: 'synced' }
  | { readonly k: 'lost'; readonly cause: Cause }

export interface Watch {
  /** Looks at everything anew, soon: events may have been missed. What has changed is told as facts. */
  relist(): void
  /** Stops watching; no fact is delivered afterwards. Idempotent. */
  close(): void
}

/** A start that failed for a reason the operator can act on. */
export class RuntimeError extends Error {
  /** A stable word for logs and metrics. */
  readonly reason: RuntimeFailure
  /** Last lines of output, oldest first. */
  readonly log: readonly string[]

  constructor(
    reason: RuntimeFailure,
    message: string,
    log: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'RuntimeError'
    this.reason = reason
    this.log = log
  }
}

/** Why a start failed, in stable words; what each means is in docs/ERRORS.md. */
export const RUNTIME_FAILURES = [
  'image_missing',
  'pull_failed',
  'container_missing',
  'command_missing',
  'exited',
  'oom_killed',
  'disk_full',
  'port_taken',
  'port_closed',
  'refused',
  'engine_away',
  'timeout',
  'failed',
] as const

export type RuntimeFailure = (typeof RUNTIME_FAILURES)[number]

export interface Runtime {
  readonly name: RuntimeName
  readonly can: {
    readonly pause: boolean
    /** A stopped instance is kept and can be started again. */
    readonly keepStopped: boolean
    /** Instances of an earlier gateway process can be taken over. */
    readonly adopt: boolean
  }
  /**
   * Subscribes, lists what is there, replays what happened meanwhile, then says `synced`; lists again now
   * and then. Facts about one instance come in their order. After `lost` it reconnects by itself, with backoff, and ends with `synced` again.
   * `functions` gives the current functions of this runtime: an existing container is watched by its name.
   */
  watch(owner: OwnerId, functions: () => readonly FunctionSpec[], sink: (fact: Fact) => void): Watch
  /** Resident bytes of what runs, by instance, as far as it can be told without asking long. Left out: nothing can. */
  memory?(): Promise<ReadonlyMap<InstanceId, number>>
  /** Closes connections of its own. Instances stay. */
  close(): Promise<void>
}

/** A runtime where coldfront places the instances. */
export interface Placer extends Runtime {
  readonly place: 'each'
  /** Gets ready what all instances of the revision share: the image. One pull for many callers. */
  prepare(fn: FunctionSpec, signal: AbortSignal): Promise<void>
  /** Makes an instance that does not run. For an existing container: looks it up. */
  create(fn: FunctionSpec, id: InstanceId, signal: AbortSignal): Promise<InstanceRef>
  /** Starts one that was created or has stopped. Settles exactly once, also after an abort. Idempotent. */
  start(fn: FunctionSpec, ref: InstanceRef, signal: AbortSignal): Promise<Running>
  /** Called when the contract says ready: throws `port_taken` when it was not this instance that answered. */
  vouch(running: Running, signal: AbortSignal): Promise<void>
  /** Freezes, memory kept. */
  pause(running: Running): Promise<void>
  /** Thaws. The endpoint may have changed. */
  resume(running: Running): Promise<Running>
  /** SIGTERM, after `graceMs` SIGKILL; thaws first. Resolves when it no longer runs; also when it was not running. */
  stop(ref: InstanceRef, graceMs: number): Promise<Exit>
  /** Removes a stopped one with its anonymous volumes. An existing container is left alone. Idempotent. */
  remove(ref: InstanceRef): Promise<void>
  /** The truth now. */
  inspect(ref: InstanceRef, signal: AbortSignal): Promise<Present | Gone>
  /** Last lines of output, oldest first, bounded; empty where there are none. */
  logs(ref: InstanceRef): Promise<readonly string[]>
}

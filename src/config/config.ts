/** `gateway.yaml` after validation: what `gateway.ts` builds everything from. Durations in ms, `Infinity` for never. */

import type { Bytes, FunctionSpec, Ms } from '../domain/function.ts'
import type { HookSpec } from '../domain/hook.ts'
import type { TraceSpec } from '../domain/trace.ts'

/** `host:port` with an IP or a name, an empty host meaning every address; or a unix socket. */
export type ListenAddress =
  | { readonly k: 'tcp'; readonly host: string; readonly port: number }
  | { readonly k: 'unix'; readonly path: string }

export interface Config {
  /** Absolute path of the file. */
  readonly file: string
  /** All that was read, for watching: the file, included directories and their files, and `${file:…}`. */
  readonly files: readonly string[]
  readonly listen: { readonly http: ListenAddress }
  readonly admin: {
    /** Undefined: no TCP listener, the unix socket in the state directory only. */
    readonly listen: ListenAddress | undefined
    /** Host names that the admin listener answers for besides IP literals and localhost. */
    readonly hosts: readonly string[]
  }
  /** Absolute; keys, owner id and the admin socket live here (0700). */
  readonly stateDir: string
  readonly docker: { readonly host: string | undefined }
  /** CIDRs or addresses. */
  readonly trustedProxies: readonly string[]
  /** Who gets the `Server-Timing` header. */
  readonly timing: 'trusted' | 'all' | 'off'
  /** Of one client address: `burst` wakes at once, `Infinity` for never limited, as many again in each `perMs`. */
  readonly wakeRate: { readonly burst: number; readonly perMs: Ms }
  readonly starts: { readonly concurrent: number }
  readonly budget: {
    readonly instances: number
    /** `Infinity` where nothing is said. */
    readonly memory: Bytes
    /** What an instance without a limit of its own counts as. */
    readonly memoryEach: Bytes
    readonly whenFull: 'wait' | 'refuse'
  }
  readonly hold: {
    /** Waiters of all functions together. */
    readonly waitersTotal: number
    /** Bytes of one request body read while it is held. */
    readonly readMax: Bytes
    /** The same for all held requests together. */
    readonly readTotalMax: Bytes
  }
  readonly request: {
    readonly headMax: Bytes
    readonly fieldsMax: number
    readonly targetMax: Bytes
    readonly headTimeoutMs: Ms
    /** Between requests on a kept-alive client connection. */
    readonly keepAliveMs: Ms
    readonly connectionsMax: number
  }
  readonly shutdown: {
    /** readyz fails, still accepting. */
    readonly drainDelayMs: Ms
    /** For what is in flight. */
    readonly drainTimeoutMs: Ms
    readonly onExit: 'stop' | 'leave'
  }
  readonly log: {
    readonly format: 'auto' | 'json' | 'pretty'
    readonly level: 'debug' | 'info' | 'warn' | 'error'
    readonly requests: boolean
  }
  readonly hooks: readonly HookSpec[]
  /** Undefined: nothing is traced. */
  readonly traces: TraceSpec | undefined
  readonly functions: readonly FunctionSpec[]
}

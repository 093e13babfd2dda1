/** What the operator declares, after validation: every duration in ms (Infinity: never), every size in bytes. */

import type { FunctionId, RevisionId } from './ids.ts'
import type { TimeRange } from './schedule.ts'

/** Milliseconds; `Infinity` where the file says `never`. */
export type Ms = number
/** Bytes. */
export type Bytes = number

/** A host (exact, or `*.suffix`) with an optional path prefix that leads to the function. */
export interface HostRoute {
  /** Lower case, punycode, no port, no trailing dot; `*.example.org` matches one or more labels before the suffix. */
  readonly host: string
  /** `/` or a prefix that ends in `/`; compared to the raw bytes of the target. */
  readonly path: string
}

/** How an instance shows that it is ready. */
export interface Readiness {
  /** A path to GET; without it an accepted connection is enough. */
  readonly http: string | undefined
  /** Statuses that count as ready, inclusive. Default 100–499: an app that answers 401 is up. */
  readonly statuses: readonly [from: number, to: number]
  /** Wait for the image's own HEALTHCHECK as well. */
  readonly healthcheck: boolean
  /** From the end of the start call to ready. */
  readonly timeoutMs: Ms
}

/** Where the function listens: a TCP port, or a unix socket inside the instance. */
export type Listening =
  | { readonly k: 'port'; readonly port: number }
  | { readonly k: 'socket'; readonly path: string }

/** A container made from an image. */
export interface ImageSpec {
  readonly k: 'image'
  readonly image: string
  readonly pull: 'missing' | 'always' | 'never'
  readonly command: readonly string[] | undefined
  readonly entrypoint: readonly string[] | undefined
  readonly env: Readonly<Record<string, string>>
  readonly listening: Listening
  readonly workdir: string | undefined
  readonly user: string | undefined
  readonly memory: Bytes | undefined
  /** Cores, fractions allowed. */
  readonly cpus: number | undefined
  readonly pids: number
  readonly readOnly: boolean
  readonly tmpfs: readonly string[]
  /** `source:target[:ro]` as Docker writes them. */
  readonly volumes: readonly string[]
  readonly networks: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** `name:address` as in `docker run --add-host`. */
  readonly extraHosts: readonly string[]
  readonly reach: 'auto' | 'ip' | 'network' | 'published'
  /** A container of its own holds its network while it does not run. Never `false`: that would be another revision of all others. */
  readonly sandbox: true | undefined
  /** Drop all capabilities and make the root read-only. */
  readonly hardened: boolean
  /** Allow binds of the engine's socket and of `/`. */
  readonly dangerous: boolean
}

/** A container that exists already, by name: only ever started, paused and stopped. */
export interface ContainerSpec {
  readonly k: 'container'
  readonly container: string
  readonly listening: Listening
  readonly reach: 'auto' | 'ip' | 'network' | 'published'
}

/** A child process: the embedded default. */
export interface CommandSpec {
  readonly k: 'command'
  readonly command: readonly [string, ...string[]]
  /** Working directory, absolute. */
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  /** Undefined: a free port is chosen for each instance and handed over as `PORT`. */
  readonly listening: Listening | undefined
  readonly user: string | undefined
}

/** A server that coldfront does not manage. */
export interface UpstreamSpec {
  readonly k: 'upstream'
  readonly endpoint: { k: 'tcp'; host: string; port: number } | { k: 'unix'; path: string }
}

/** What a runtime needs to know to run one instance. */
export type Spec = ImageSpec | ContainerSpec | CommandSpec | UpstreamSpec

export type RuntimeName = 'docker' | 'process' | 'static'

/** The limits of one exchange, all from the moment named. */
export interface Timeouts {
  /** To establish a connection to the instance. */
  readonly connectMs: Ms
  /** From the request's last byte to the response's head. */
  readonly responseMs: Ms
  /** Without a byte in either direction while a body is on its way. */
  readonly idleMs: Ms
  /** Without a byte in either direction on an upgraded connection. */
  readonly tunnelMs: Ms
  /** From arrival to last byte, upgraded connections left out. */
  readonly requestMs: Ms
}

/** One function as the gateway runs it. Immutable; a reload makes a new one. */
export interface FunctionSpec {
  readonly id: FunctionId
  /** Hash of `spec`: when it changes, instances are replaced; when only the rest changes they are kept. */
  readonly revision: RevisionId
  readonly routes: readonly HostRoute[]
  /** True for the one function that takes hosts nobody else has. */
  readonly isDefault: boolean
  readonly runtime: RuntimeName
  readonly spec: Spec
  /** Exchanges per instance at once; `Infinity` for `never`. */
  readonly concurrency: number
  readonly instances: {
    readonly min: number
    readonly max: number
    /** Kept beyond what is needed, asleep where the runtime can. */
    readonly spare: number
    /** Containers created ahead of the request, within `max`. */
    readonly prepared: number
    /** When the spares are kept; empty: always. */
    readonly spareAt: readonly TimeRange[]
  }
  readonly idle: {
    /** `adaptive`: when to stop, and when to start ahead, is learnt from how long it was idle before. */
    readonly policy: 'fixed' | 'adaptive'
    /** All three are counted from the moment the instance fell idle. */
    readonly pauseAfterMs: Ms
    readonly stopAfterMs: Ms
    readonly removeAfterMs: Ms
    /** An upgraded connection without a byte for this long no longer counts as activity. */
    readonly tunnelAfterMs: Ms
  }
  readonly hold: {
    /** With `auto` the greatest it can be. */
    readonly timeoutMs: Ms
    /** As long as wakes of this function take, with room to spare. */
    readonly auto: boolean
    readonly waiters: number
  }
  /**
   * What a request meets that would wake it. `hold`: it waits. `page`: whoever prefers HTML gets the waiting page.
   * `auto`: only a navigation of a browser's window does.
   */
  readonly onCold: 'hold' | 'page' | 'auto'
  readonly waitingPage: {
    /** `auto`: as the browser is set. */
    readonly theme: 'auto' | 'light' | 'dark'
    /** Instead of the built-in page. */
    readonly html: string | undefined
  }
  readonly readiness: Readiness
  readonly start: {
    /** For pulling the image. */
    readonly pullTimeoutMs: Ms
    /** For create and start, the pull left out. */
    readonly timeoutMs: Ms
  }
  readonly stop: {
    /** Between SIGTERM and SIGKILL. */
    readonly graceMs: Ms
    /** For exchanges in flight when an instance is replaced. */
    readonly drainTimeoutMs: Ms
  }
  /** How long waiters must have waited before another instance is started for them; `auto`: the median wake. */
  readonly scale: { readonly patienceMs: Ms | 'auto' }
  /** Where room on the host is short, idle instances of the lowest end first. */
  readonly priority: number
  readonly select: 'pack' | 'spread'
  /** `overlap`: make before break. `replace`: the old run ends before the new one starts. */
  readonly rollout: 'overlap' | 'replace'
  readonly timeouts: Timeouts
}

/** Whether two runs of this function at once are forbidden: there is only one such container. */
export const isExclusive = (fn: FunctionSpec): boolean => fn.spec.k === 'container'

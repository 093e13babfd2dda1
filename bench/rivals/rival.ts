/**
 * What a rival is: a proxy in front of the same upstream that does the same work. One small file each; `rivals.ts`
 * lists them. The same work: HTTP/1.1 keep-alive on both sides, X-Forwarded-For, -Proto and -Host, Via, a request id,
 * bodies streamed and not written to disk, access log off.
 */

import type { Cleanup } from '../harness/cleanup.ts'

/** The same server, on both. */
export interface UpstreamPlace {
  /** Of 127.0.0.1. */
  readonly port: number
  /** Path of a unix socket. */
  readonly socket: string
}

export interface Setting {
  readonly upstream: UpstreamPlace
  /** A directory of its own, for configuration. */
  readonly dir: string
  /** The processor it is pinned to. */
  readonly cpu: number
  /** For Node, where the rival is the gateway. */
  readonly nodeArgs: readonly string[]
  readonly cleanup: Cleanup
}

export interface RunningRival {
  readonly port: number
  /** Processes that work for it. */
  readonly pids: () => readonly number[]
  /** The configuration, for the result. */
  readonly configuration: string
  /** How long each garbage collection since the last call stood in the way, in ms, where that is known. */
  readonly takePauses?: () => readonly number[]
}

export interface Rival {
  readonly name: string
  /** Undefined where it is not installed. */
  version(): string | undefined
  /** Resolves when it listens. */
  start(setting: Setting): Promise<RunningRival>
}

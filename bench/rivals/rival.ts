/**
 * What a rival is: a proxy in front of the same upstream that does the same work. One small file each; `rivals.ts`
 * lists them. The same work: HTTP/1.1 keep-alive on both sides, X-Forwarded-For, -Proto and -Host, Via, a request id,
 * bodies streamed and not written to disk, access log off.
 */

import type { Cleanup } from '../harness/cleanup.ts'

export interface Setting {
  /** A port of 127.0.0.1. */
  readonly upstream: number
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
}

export interface Rival {
  readonly name: string
  /** Undefined where it is not installed. */
  version(): string | undefined
  /** Resolves when it listens. */
  start(setting: Setting): Promise<RunningRival>
}

/** What a load generator is: keep-alive GETs for some seconds, from one pinned process. */

import type { Cleanup } from '../harness/cleanup.ts'

export interface Load {
  readonly port: number
  readonly host: string
  readonly connections: number
  readonly seconds: number
  /** `/` when left out. */
  readonly path?: string
  /** wrk's script that makes other requests than GETs. Of no other generator. */
  readonly script?: string
  readonly cpu: number
  readonly cleanup: Cleanup
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Answers that were not 2xx, connections that failed, timeouts. */
  readonly errors: number
  /** In ms. */
  readonly p50: number
  readonly p99: number
}

export interface Generator {
  readonly name: string
  /** Undefined where it is not installed. */
  version(): string | undefined
  run(load: Load): Promise<LoadResult>
}

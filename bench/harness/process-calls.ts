/** Reads what `call-stamps.mjs` wrote from inside a gateway. */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { StampedCall } from './stamped-call.ts'

interface Written extends StampedCall {
  readonly what: string
}

export class ProcessCalls {
  readonly #file: string
  /** For the gateway. */
  readonly nodeArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>

  constructor(file: string) {
    this.#file = file
    writeFileSync(file, '')
    this.nodeArgs = ['--import', fileURLToPath(new URL('call-stamps.mjs', import.meta.url))]
    this.env = { COLDFRONT_BENCH_CALLS: file }
  }

  /** Calls sent since `from`; of the spawned programs only those with `program` as the last argument. */
  since(from: number, program: string): readonly StampedCall[] {
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Written)
      .filter((call) => call.sent >= from && (call.call !== 'spawn' || call.what === program))
  }

  /** Forgets all so far. */
  clear(): void {
    writeFileSync(this.#file, '')
  }
}

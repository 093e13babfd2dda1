/** Reads what `call-stamps.ts` wrote from inside a gateway. */

import { readFileSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { CallSource, StampedCall } from './stamped-call.ts'

export class ProcessCalls implements CallSource {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
    writeFileSync(file, '')
  }

  /** Arguments of Node that load the stamps before a program; `guard` ends it with its standard input. */
  nodeArgs(guard: boolean): readonly string[] {
    // Beside this file, with its own ending: `.ts` here, `.js` in the published package.
    const url = new URL(`call-stamps${extname(import.meta.url)}`, import.meta.url)
    url.searchParams.set('calls', this.#file)
    if (guard) url.searchParams.set('guard', '')
    return [`--import=${url.href}`]
  }

  since(from: number): readonly StampedCall[] {
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as StampedCall)
      .filter(({ sent }) => sent >= from)
  }

  clear(): void {
    writeFileSync(this.#file, '')
  }
}

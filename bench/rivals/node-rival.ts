/** A rival that is a program for Node beside its file: it gets the upstream's port as an argument and prints its own. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Child } from '../harness/child.ts'
import type { Rival } from './rival.ts'

const START_MS = 10_000

/** `program` lies in this directory; `packageName` names the version. */
export function nodeRival(name: string, program: string, packageName: string): Rival {
  const file = fileURLToPath(new URL(program, import.meta.url))
  return {
    name,
    version() {
      const found = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
      return (JSON.parse(readFileSync(found, 'utf8')) as { version: string }).version
    },
    async start({ upstream, cpu, cleanup }) {
      const command = [process.execPath, file, String(upstream.port)] as const
      const child = new Child({ what: name, command, cpu }, cleanup)
      const port = await child.line((line) => Number(line) || undefined, START_MS)
      return { port, pids: () => [child.pid], configuration: `bench/rivals/${program}` }
    },
  }
}

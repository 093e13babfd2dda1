/**
 * The Node that is installed with this program, for machines whose own is too old. Written so that an older Node
 * can read it.
 */

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'

/** How shells tell that a signal ended a program. */
const SIGNAL_EXIT = 128
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Its path; undefined where it is older than `major`, left out, or its install script was not allowed to run. */
export function ownNode(major: number): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    const program = join(dirname(manifest), 'bin', 'node')
    return Number.parseInt(version, 10) >= major && existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}

/** Runs `program` in the place of this process, and resolves with its exit code. Signals reach it once. */
export function runInstead(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // In a session of its own: Ctrl-C reaches every process of the terminal's, and a second one ends a gateway at once.
    const child = spawn(program, args, { stdio: 'inherit', detached: true })
    for (const signal of FORWARDED) process.on(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      resolve(code ?? SIGNAL_EXIT + (signal ? constants.signals[signal] : 0)),
    )
  })
}

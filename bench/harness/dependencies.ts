/** The bench's own packages, installed from its lock file when they are missing. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BENCH } from './root.ts'

/** Throws when they cannot be installed. */
export function ensureDependencies(): void {
  if (existsSync(join(BENCH, 'node_modules', '.package-lock.json'))) return
  console.log('bench: installing load generators and rivals into bench/node_modules (npm ci)')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: BENCH,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('npm ci in bench/ failed; run it by hand to see why')
}

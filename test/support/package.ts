/** The package as `npm pack` makes it, from a copy of the sources, so that no build lies about in the checkout. */

import { execFile } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { tempDir } from './temp-dir.ts'

const run = promisify(execFile)

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const SOURCES = [
  'src',
  'contrib',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'gateway.schema.json',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
]

export interface Packed {
  readonly tarball: string
  /** Its files as npm lists them. */
  readonly files: readonly string[]
}

/** What the test harness and the npm that runs it put into the environment is not for the programs under test. */
export function plainEnv(): Record<string, string | undefined> {
  const ours = /^(npm_(?!config_(registry|cache|userconfig)$)|TAP|NODE_OPTIONS$|_TAPJS)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}

/** Builds and packs. The directory goes with the test. */
export async function packed(t: { teardown(fn: () => unknown): void }): Promise<Packed> {
  const dir = tempDir(t)
  const stage = join(dir, 'stage')
  for (const path of SOURCES) cpSync(join(ROOT, path), join(stage, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(stage, 'node_modules'))
  const args = ['pack', '--json', '--pack-destination', dir]
  const { stdout } = await run('npm', args, { cwd: stage, env: plainEnv() })
  // What the build says comes before.
  const [made] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ]
  return { tarball: join(dir, made.filename), files: made.files.map(({ path }) => path) }
}

/** The package as `npm pack` makes it, from a copy of the sources, so that no build lies about in the checkout. */

import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { plainEnv, plainRun } from './program.ts'
import { tempDir } from './temp-dir.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const SOURCES = [
  'src',
  'dashboard',
  'contrib',
  'studies',
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

/** Builds and packs. The directory goes with the test. */
export async function packed(t: { teardown(fn: () => unknown): void }): Promise<Packed> {
  const dir = tempDir(t)
  const stage = join(dir, 'stage')
  for (const path of SOURCES) cpSync(join(ROOT, path), join(stage, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(stage, 'node_modules'))
  const args = ['pack', '--json', '--pack-destination', dir]
  const { stdout } = await plainRun('npm', args, { cwd: stage, env: plainEnv() })
  // What the build says comes before.
  const [made] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ]
  return { tarball: join(dir, made.filename), files: made.files.map(({ path }) => path) }
}

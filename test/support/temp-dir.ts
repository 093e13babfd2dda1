/** A directory with a short path, for sockets: those of tap are longer than a socket's path may be. Removed at the end. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function tempDir(t: { teardown(fn: () => unknown): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'coldfront-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

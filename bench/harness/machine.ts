/** What a result says of the machine, the programs and the commit it was measured with. No names of hosts, people or paths. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { ROOT } from './root.ts'

export interface Provenance {
  readonly at: string
  readonly commit: string
  readonly changedFiles: number
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGb: number
    readonly kernel: string
    /** Over one and five minutes, before the scenario began: a number far from 0 means that others were at work. */
    readonly load: readonly number[]
  }
  readonly versions: Readonly<Record<string, string>>
}

export function provenance(): Provenance {
  const processors = cpus()
  const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
    version: string
  }
  return {
    at: new Date().toISOString(),
    commit: told('git', ['-C', ROOT, 'rev-parse', '--short=12', 'HEAD']) ?? 'unknown',
    changedFiles: (told('git', ['-C', ROOT, 'status', '--porcelain', '--', 'src']) ?? '')
      .split('\n')
      .filter(Boolean).length,
    machine: {
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGb: Math.round(totalmem() / 1e9),
      kernel: release(),
      load: loadavg().slice(0, 2),
    },
    versions: { coldfront: version, node: process.versions.node, v8: process.versions.v8 },
  }
}

/** What a program prints, standard output or error; undefined when it is not there. */
export function told(program: string, args: readonly string[]): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return error ? undefined : stdout.trim() || stderr.trim()
}

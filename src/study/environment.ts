/** What a study says of the machine and the programs it was measured with. No names of hosts, people or paths. */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { cpus, loadavg, platform, release, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { Engine } from './engine.ts'

export interface Environment {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  /** Of the frequency of the first core; undefined where the kernel does not tell. */
  readonly governor: string | undefined
  readonly engine: string | undefined
  /** By program. */
  readonly versions: Readonly<Record<string, string>>
}

const run = promisify(execFile)
const VERSION_MS = 10_000

export interface EnvironmentParts {
  readonly engine: Engine | undefined
  readonly coldfront: string
  /** Programs that functions need, with the paths they were found at. */
  readonly programs: ReadonlyMap<string, string>
}

export async function environmentOf(parts: EnvironmentParts): Promise<Environment> {
  const processors = cpus()
  const governor = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'
  const versions: Record<string, string> = {
    coldfront: parts.coldfront,
    node: process.versions.node,
  }
  for (const [name, path] of parts.programs)
    if (name !== 'node') versions[name] = await versionOf(path)
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${platform()} ${release()}`,
    governor: await readFile(governor, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    ),
    engine: parts.engine?.about,
    versions,
  }
}

/** Over the last minute. Far from 0 means that others were at work, or this study itself. */
export const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100

/** The first line of what it says to `--version`; most programs know it. */
async function versionOf(path: string): Promise<string> {
  const said = await run(path, ['--version'], { timeout: VERSION_MS }).catch(() => undefined)
  return `${said?.stdout ?? ''}\n${said?.stderr ?? ''}`.trim().split('\n')[0] || 'version not told'
}

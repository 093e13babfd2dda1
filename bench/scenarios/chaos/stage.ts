/** The functions of `chaos` and their gateway, and what is found of them afterwards. */

import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RUN_LABEL, type TestEngine } from '../../../test/support/engine.ts'
import type { OwnEngine } from '../../../test/outside/own-engine.ts'
import { benchEngine, ownBenchEngine } from '../../harness/bench-engine.ts'
import type { Cleanup } from '../../harness/cleanup.ts'
import { freePort } from '../../../src/runtime/free-port.ts'
import { BenchGateway, temporaryDir } from '../../harness/gateway.ts'
import { BENCH } from '../../harness/root.ts'

export const HOLD_S = 8

export interface Stage {
  readonly dir: string
  readonly tally: string
  readonly port: number
  readonly functions: Readonly<Record<string, object>>
  readonly engine: TestEngine | undefined
  /** There where the engine is the bench's own, and may be killed. */
  readonly own: OwnEngine | undefined
  readonly cleanup: Cleanup
}

/** One of the bench's own, or else the machine's, which is left alone. */
async function findEngine(
  cleanup: Cleanup,
  say: (text: string) => void,
): Promise<Pick<Stage, 'engine' | 'own'>> {
  const found = await ownBenchEngine(cleanup)
  if (!('missing' in found)) return found
  say(`no engine is killed: ${found.missing}`)
  const engine = await benchEngine(cleanup)
  if (!('missing' in engine)) return { engine, own: undefined }
  say(`without containers: ${engine.missing}`)
  return { engine: undefined, own: undefined }
}

/** Two functions as child processes and, with an engine, two as containers: one of each is put to sleep all the time. */
export async function setUp(cleanup: Cleanup, say: (text: string) => void): Promise<Stage> {
  const { engine, own } = await findEngine(cleanup, say)
  const dir = temporaryDir(cleanup)
  const tally = join(dir, 'tally')
  mkdirSync(tally)
  const app = join(BENCH, 'apps/tally.mjs')
  const common = { hold: { timeout: `${HOLD_S}s` }, timeouts: { request: `${HOLD_S}s` } }
  const restless = { pauseAfter: '100ms', stopAfter: '400ms', removeAfter: '2s' }
  const spawned = { ...common, command: [process.execPath, app], env: { TALLY: tally } }
  const functions: Record<string, object> = {
    restless: { ...spawned, idle: restless },
    several: {
      ...spawned,
      concurrency: 2,
      instances: { min: 0, max: 3 },
      scale: { patience: '50ms' },
    },
  }
  if (engine) {
    const contained = {
      ...common,
      image: await engine.image('node'),
      pull: 'never',
      command: ['/bin/node', '/bench/tally.mjs'],
      socket: '/run/app/app.sock',
      env: { TALLY: '/tally' },
      volumes: [`${tally}:/tally`, `${app}:/bench/tally.mjs:ro`],
      labels: engine.labels,
      rollout: 'overlap',
    }
    functions['contained'] = contained
    functions['sleepy'] = { ...contained, idle: restless }
  }
  return { dir, tally, port: await freePort(), functions, engine, own, cleanup }
}

/** A gateway for them: the first one, or another one on its state. */
export function start({ dir, port, functions, engine, cleanup }: Stage): Promise<BenchGateway> {
  const hosted = Object.entries(functions).map(([name, fn]) => [
    name,
    { hosts: [`${name}.test`], ...fn },
  ])
  const file = {
    listen: { http: `127.0.0.1:${port}` },
    log: { requests: false },
    ...(engine && { docker: { host: `unix://${engine.socketPath}` } }),
    defaults: { stop: { grace: '1s' } },
    functions: Object.fromEntries(hosted) as object,
  }
  return BenchGateway.start({ file, dir }, cleanup)
}

/** Containers of this bench. */
export const containersOf = async (engine: TestEngine | undefined) => {
  const label = Object.values(engine?.labels ?? {}).map((value) => `${RUN_LABEL}=${value}`)
  return (await engine?.docker.listContainers({ all: true, filters: { label } })) ?? []
}

/** Containers and processes of the functions that are still there after the gateway has ended, in words. */
export async function leftOver({ tally, engine }: Stage): Promise<readonly string[]> {
  const processes = readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TALLY=${tally}\0`)
      return isOurs ? [`process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}`] : []
    } catch {
      return []
    }
  })
  const containers = await containersOf(engine)
  return [...processes, ...containers.map(({ Names, Status }) => `${Names[0]}: ${Status}`)]
}

/** The runs that noted each number. */
export function tallied(dir: string): ReadonlyMap<number, readonly string[]> {
  const runs = new Map<number, string[]>()
  for (const file of readdirSync(dir)) {
    const numbers = readFileSync(join(dir, file), 'utf8').split('\n').filter(Boolean).map(Number)
    for (const number of numbers) runs.set(number, [...(runs.get(number) ?? []), file])
  }
  return runs
}

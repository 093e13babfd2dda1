/** The Docker runtime under test, behind a filter that knows only the calls in use, with functions for it. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContainerSpec, FunctionSpec, ImageSpec } from '../../src/domain/function.ts'
import { functionId, ownerId } from '../../src/domain/ids.ts'
import type { OwnerId } from '../../src/domain/ids.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { DockerRuntime } from '../../src/runtime/docker/runtime.ts'
import type { DockerParts } from '../../src/runtime/docker/runtime.ts'
import { Events } from '../../src/telemetry/events.ts'
import type { TestEngine } from './engine.ts'
import { filterEngine } from './engine-filter.ts'
import type { EngineFilter } from './engine-filter.ts'
import { functionSpec } from './function-spec.ts'

export interface DockerSubject {
  readonly placer: DockerRuntime
  readonly owner: OwnerId
  readonly key: Uint8Array
  readonly events: Events
  readonly filter: EngineFilter
  readonly parts: DockerParts
  close(): Promise<void>
}

/** A runtime with an owner of its own; `over` changes single parts. Throws at `close` when a call was refused. */
export async function dockerSubject(
  engine: TestEngine,
  over: Partial<DockerParts> = {},
): Promise<DockerSubject> {
  const filter = await filterEngine(engine.socketPath)
  const runDir = await mkdtemp(join(tmpdir(), 'coldfront-run-'))
  const parts: DockerParts = {
    host: `unix://${filter.socketPath}`,
    env: {},
    home: runDir,
    platform: process.platform,
    owner: ownerId(`test-${randomBytes(4).toString('hex')}`),
    key: randomBytes(32),
    runDir,
    clock: systemClock,
    events: new Events(),
    self: async () => undefined,
    ...over,
  }
  const placer = new DockerRuntime(parts)
  const { owner, key, events } = parts
  return {
    placer,
    owner,
    key,
    events,
    filter,
    parts,
    async close() {
      await placer.close()
      await filter.close()
      await rm(runDir, { recursive: true, force: true })
      if (filter.refused.length > 0)
        throw new Error(`calls that are not on the list: ${filter.refused.join(', ')}`)
    },
  }
}

const IMAGE: Omit<ImageSpec, 'image'> = {
  k: 'image',
  pull: 'never',
  command: undefined,
  entrypoint: undefined,
  env: {},
  listening: { k: 'port', port: 8080 },
  workdir: undefined,
  user: undefined,
  memory: undefined,
  cpus: undefined,
  pids: 200,
  readOnly: false,
  tmpfs: [],
  volumes: [],
  networks: [],
  labels: {},
  extraHosts: [],
  reach: 'auto',
  sandbox: undefined,
  hardened: false,
  dangerous: false,
}

/** A function made from an image, with plain settings. */
export function imageFunction(
  spec: Partial<ImageSpec> & { image: string },
  id = 'app',
): FunctionSpec {
  return { ...functionSpec({ id: functionId(id) }), runtime: 'docker', spec: { ...IMAGE, ...spec } }
}

/** A function whose container exists already. */
export function containerFunction(
  spec: Partial<ContainerSpec> & { container: string },
  id = 'app',
): FunctionSpec {
  const listening = { k: 'port', port: 8080 } as const
  return {
    ...functionSpec({ id: functionId(id) }),
    runtime: 'docker',
    spec: { k: 'container', listening, reach: 'auto', ...spec },
  }
}

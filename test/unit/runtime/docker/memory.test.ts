/** The memory of containers: from either version of cgroups, from the engine where those are out of sight, never without end. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { functionId, instanceId, revisionId, runId } from '../../../../src/domain/ids.ts'
import { DOCKER_LIMITS } from '../../../../src/runtime/docker/limits.ts'
import { ContainerMemory } from '../../../../src/runtime/docker/memory.ts'
import type { MemoryParts } from '../../../../src/runtime/docker/memory.ts'
import { RuntimeError, type Phase, type Present } from '../../../../src/runtime/runtime.ts'
import { tempDir } from '../../../support/temp-dir.ts'

const present = (handle: string, phase: Phase): Present => ({
  k: 'present',
  ref: { handle, instance: instanceId(`i-${handle}`), fn: functionId('app') },
  revision: revisionId('r'),
  run: runId('1', handle),
  phase,
})

const write = (root: string, directory: string, files: Readonly<Record<string, string>>): void => {
  mkdirSync(join(root, directory), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, directory, name), text)
}

const unasked: MemoryParts['stats'] = async (handle) => {
  throw new Error(`the engine was asked about ${handle}`)
}

const TREES = {
  'version 1': [
    'memory/docker/a',
    'memory.usage_in_bytes',
    'inactive_file 1\ntotal_inactive_file 400\n',
  ],
  'version 1 under systemd': [
    'memory/system.slice/docker-a.scope',
    'memory.usage_in_bytes',
    'inactive_file 1\ntotal_inactive_file 400\n',
  ],
  'version 2': ['docker/a', 'memory.current', 'file 900\ninactive_file 400\n'],
  'version 2 under systemd': [
    'system.slice/docker-a.scope',
    'memory.current',
    'file 900\ninactive_file 400\n',
  ],
} as const

for (const [name, [directory, usage, stat]] of Object.entries(TREES)) {
  t.test(`container memory: cgroups of ${name} are read, less the idle file cache`, async (t) => {
    const root = tempDir(t)
    write(root, directory, { [usage]: '1000\n', 'memory.stat': stat })
    const memory = new ContainerMemory({ root, stats: unasked })
    memory.fact(present('a', 'running'))
    t.same([...(await memory.read())], [['i-a', 600]])
  })
}

t.test('container memory: what is paused counts, what is over does not', async (t) => {
  const asked: string[] = []
  const stats: MemoryParts['stats'] = async (handle) => {
    asked.push(handle)
    return { memory_stats: { usage: 7, stats: { inactive_file: 2 } } }
  }
  const memory = new ContainerMemory({ root: tempDir(t), stats })
  for (const handle of ['a', 'b', 'c']) memory.fact(present(handle, 'running'))
  memory.fact(present('a', 'paused'))
  memory.fact(present('b', 'exited'))
  memory.fact({ k: 'gone', ref: present('c', 'exited').ref })
  t.same([...(await memory.read())], [['i-a', 5]])
  memory.fact({ k: 'lost', cause: { message: 'away' } })
  t.same([...(await memory.read())], [])
  t.same(asked, ['a'])
})

t.test('container memory: a filter that forbids the question is not asked again', async (t) => {
  let asked = 0
  const stats: MemoryParts['stats'] = async () => {
    asked += 1
    throw new RuntimeError('failed', 'no', [], { cause: { statusCode: 403 } })
  }
  const memory = new ContainerMemory({ root: tempDir(t), stats })
  memory.fact(present('a', 'running'))
  t.same([...(await memory.read()), ...(await memory.read())], [])
  t.equal(asked, 1)
  memory.fact({ k: 'synced' })
  await memory.read()
  t.equal(asked, 2, 'it may be another engine')
})

t.test('container memory: one look asks few at a time, and no more than so many', async (t) => {
  let [now, most, asked] = [0, 0, 0]
  const stats: MemoryParts['stats'] = async () => {
    asked += 1
    most = Math.max(most, (now += 1))
    await Promise.resolve()
    now -= 1
    return { memory_stats: { usage: 1 } }
  }
  const memory = new ContainerMemory({ root: tempDir(t), stats })
  for (let i = 0; i < 2 * DOCKER_LIMITS.statsPerLookMax; i += 1)
    memory.fact(present(`c${i}`, 'running'))
  const [found, same] = await Promise.all([memory.read(), memory.read()])
  t.equal(found, same, 'one look for both')
  t.equal(found.size, DOCKER_LIMITS.statsPerLookMax)
  t.equal(asked, DOCKER_LIMITS.statsPerLookMax)
  t.ok(most <= DOCKER_LIMITS.memoryReadsAtOnceMax)
})

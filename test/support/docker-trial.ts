/** One test on the Docker runtime: a subject that is closed at the end, with short words for what tests do. */

import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { instanceId } from '../../src/domain/ids.ts'
import type { InstanceId } from '../../src/domain/ids.ts'
import type { DockerParts } from '../../src/runtime/docker/runtime.ts'
import type { InstanceRef, Running, RuntimeFailure } from '../../src/runtime/runtime.ts'
import { dockerSubject } from './docker-subject.ts'
import type { DockerSubject } from './docker-subject.ts'
import type { TestEngine } from './engine.ts'
import { FactLog } from './fact-log.ts'

export interface DockerTrial extends DockerSubject {
  create(fn: FunctionSpec, id?: InstanceId): Promise<InstanceRef>
  run(fn: FunctionSpec): Promise<Running>
  /** Watches from here on, and waits for the first list. */
  watching(fns: readonly FunctionSpec[]): Promise<FactLog>
}

export const signal = (): AbortSignal => new AbortController().signal

export const newId = (): InstanceId => instanceId(`app-${randomBytes(6).toString('hex')}`)

/** For `t.rejects`: a RuntimeError with this reason, and with this text in its message. */
export const failure = (reason: RuntimeFailure, text = '') => ({
  name: 'RuntimeError',
  message: new RegExp(text),
  reason,
})

/** Containers are removed by the engine's teardown, which comes after this one's. */
export async function dockerTrial(
  t: Test,
  engine: TestEngine,
  over: Partial<DockerParts> = {},
): Promise<DockerTrial> {
  const subject = await dockerSubject(engine, over)
  t.teardown(() => subject.close())
  const { placer, owner } = subject
  const create = async (fn: FunctionSpec, id = newId()): Promise<InstanceRef> => {
    await placer.prepare(fn, signal())
    return placer.create(fn, id, signal())
  }
  return {
    ...subject,
    create,
    run: async (fn) => placer.start(fn, await create(fn), signal()),
    async watching(fns) {
      const log = new FactLog()
      placer.watch(owner, () => fns, log.sink)
      await log.synced()
      return log
    },
  }
}

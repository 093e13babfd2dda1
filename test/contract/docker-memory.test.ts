/** The memory of containers, from the kernel and from a real engine. */

import t from 'tap'
import { ContainerMemory, statsOf } from '../../src/runtime/docker/memory.ts'
import { Engine } from '../../src/runtime/docker/engine.ts'
import { ask } from '../support/ask.ts'
import { imageFunction } from '../support/docker-subject.ts'
import { dockerTrial } from '../support/docker-trial.ts'
import { engineOrSkip } from '../support/engine.ts'
import { tempDir } from '../support/temp-dir.ts'

const engine = await engineOrSkip(t)
if (engine) {
  const { labels } = engine
  const image = await engine.image('node')
  const fn = imageFunction({ image, labels })
  const isPlausible = (bytes = 0): boolean => bytes > 5_000_000 && bytes < 1_000_000_000

  t.test('docker: the memory of what runs or is paused is told', async (t) => {
    const { placer, run, watching } = await dockerTrial(t, engine)
    const log = await watching([fn])
    const running = await run(fn)
    const { instance } = running.ref
    await log.phase(instance, 'running')
    // Up to here little of it may be there.
    await ask(running.endpoint, '/')
    t.ok(isPlausible((await placer.memory()).get(instance)))
    await placer.pause(running)
    await log.phase(instance, 'paused')
    t.ok(isPlausible((await placer.memory()).get(instance)))
    await placer.stop(running.ref, 0)
    await log.phase(instance, 'exited')
    t.same([...(await placer.memory())], [])
  })

  t.test("docker: the engine is asked where the kernel's files are out of sight", async (t) => {
    const { run, filter, parts } = await dockerTrial(t, engine)
    const own = new Engine(parts)
    t.teardown(() => own.close())
    const memory = new ContainerMemory({ root: tempDir(t), stats: statsOf(own) })
    const { ref, run: id, endpoint } = await run(fn)
    await ask(endpoint, '/')
    memory.fact({ k: 'present', ref, revision: fn.revision, run: id, phase: 'running' })
    t.ok(isPlausible((await memory.read()).get(ref.instance)))
    t.ok(filter.seen.includes('GET /containers/*/stats'))
  })
}

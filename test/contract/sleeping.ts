/** The contract of pause and resume. A runtime that cannot pause leaves these out. */

import type { Behaviour } from './subject.ts'

export const SLEEPING = {
  'pause then resume keeps the memory': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    const before = JSON.parse(await trial.get(running, '/'))
    await trial.placer.pause(running)
    t.match(await trial.inspect(running.ref), { phase: 'paused', run: running.run })
    const resumed = await trial.placer.resume(running)
    t.equal(resumed.run, running.run)
    const after = JSON.parse(await trial.get(resumed, '/'))
    t.match(after, { startedAt: before.startedAt, requests: before.requests + 1 })
  },

  'pause of a paused one and resume of a running one are told as the state found': async (
    t,
    trial,
  ) => {
    const running = await trial.run(trial.subject.app())
    t.equal((await trial.placer.resume(running)).run, running.run)
    await trial.placer.pause(running)
    await trial.placer.pause(running)
    t.match(await trial.inspect(running.ref), { phase: 'paused' })
    await trial.placer.resume(running)
    t.match(await trial.inspect(running.ref), { phase: 'running' })
  },

  'pause and resume of one that has ended are refused': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    await trial.placer.stop(running.ref, 5_000)
    await t.rejects(trial.placer.pause(running), { name: 'RuntimeError' })
    await t.rejects(trial.placer.resume(running), { name: 'RuntimeError' })
  },

  'stop of a paused one delivers SIGTERM all the same': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    await trial.placer.pause(running)
    const exit = await trial.placer.stop(running.ref, 5_000)
    t.equal(exit.code, 0)
    t.ok(exit.log.includes('got SIGTERM'))
  },
} satisfies Record<string, Behaviour>

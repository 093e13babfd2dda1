/** The contract of watch: list, then `synced`, then what happens, whoever made it happen. */

import { FactLog } from '../support/fact-log.ts'
import type { Behaviour } from './subject.ts'

export const WATCHING = {
  'a watch lists what runs, then says synced': async (t, trial) => {
    const fn = trial.subject.app()
    const running = await trial.run(fn)
    const log = await trial.watch(t, [fn])
    const own = log.facts.filter((f) => f.k === 'synced' || 'ref' in f)
    t.match(own[0], { k: 'present', phase: 'running', run: running.run, revision: fn.revision })
    t.match(own[0], { running: { endpoint: running.endpoint } })
    t.equal(own.at(-1)?.k, 'synced')
  },

  'start and exit of an instance are facts of one run': async (t, trial) => {
    const fn = trial.subject.app()
    const log = await trial.watch(t, [fn])
    const running = await trial.run(fn)
    const started = await log.phase(running.ref.instance, 'running')
    await trial.placer.stop(running.ref, 5_000)
    const ended = await log.phase(running.ref.instance, 'exited')
    t.same([started.run, ended.run], [running.run, running.run])
    t.equal(ended.exit?.code, 0)
  },

  'a kill from outside is a fact with its cause': async (t, trial) => {
    const { kill } = trial.subject.outside
    if (!kill) throw new Error('leave this out by `skip`, or give `outside.kill`')
    const fn = trial.subject.app()
    const log = await trial.watch(t, [fn])
    const running = await trial.run(fn)
    await kill(running)
    const { exit, run } = await log.phase(running.ref.instance, 'exited')
    t.equal(run, running.run)
    t.ok(exit?.signal === 'SIGKILL' || exit?.code === 137, JSON.stringify(exit))
  },

  'pause and unpause from outside are facts': async (t, trial) => {
    const { pause, unpause } = trial.subject.outside
    if (!pause || !unpause) throw new Error('leave this out by `skip`, or give both')
    const fn = trial.subject.app()
    const log = await trial.watch(t, [fn])
    const running = await trial.run(fn)
    await pause(running)
    const paused = await log.phase(running.ref.instance, 'paused')
    t.equal(paused.run, running.run)
    const before = log.facts.length
    await unpause(running)
    const thawed = await log.phase(running.ref.instance, 'running', before)
    t.equal(thawed.run, running.run)
    t.match(thawed.running?.endpoint, running.endpoint)
  },

  'a closed watch hears nothing more, and a second one hears all': async (t, trial) => {
    const fn = trial.subject.app()
    const closed = new FactLog()
    const watch = trial.placer.watch(trial.subject.owner, () => [fn], closed.sink)
    await closed.synced()
    watch.close()
    watch.close()
    const heard = closed.facts.length
    const log = await trial.watch(t, [fn])
    const running = await trial.run(fn)
    await trial.placer.stop(running.ref, 5_000)
    await log.phase(running.ref.instance, 'exited')
    t.equal(closed.facts.length, heard)
    t.equal(log.facts.filter((f) => f.k === 'synced').length, 1)
  },
} satisfies Record<string, Behaviour>
